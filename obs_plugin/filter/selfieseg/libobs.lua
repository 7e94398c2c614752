-- The part of libobs that the filter calls, by FFI.  Declarations only; names and types are libobs's own
-- (libobs/obs.h, libobs/graphics/graphics.h, libobs/util/{base,bmem,platform}.h, the same in 29 to 32).
local ffi = require "ffi"

ffi.cdef [[
typedef struct obs_source obs_source_t;
typedef struct gs_texture gs_texture_t;
typedef struct gs_texture_render gs_texrender_t;
typedef struct gs_stage_surface gs_stagesurf_t;
typedef struct gs_effect gs_effect_t;
typedef struct gs_effect_param gs_eparam_t;
struct vec2 { float x, y; };
struct vec4 { float x, y, z, w; } __attribute__((aligned(16)));

obs_source_t *obs_filter_get_target(const obs_source_t *filter);
obs_source_t *obs_filter_get_parent(const obs_source_t *filter);
const char *obs_source_get_name(const obs_source_t *source);
uint32_t obs_source_get_output_flags(const obs_source_t *source);
uint32_t obs_source_get_base_width(obs_source_t *source);
uint32_t obs_source_get_base_height(obs_source_t *source);
uint32_t obs_source_get_width(obs_source_t *source);
uint32_t obs_source_get_height(obs_source_t *source);
void obs_source_video_render(obs_source_t *source);
void obs_source_default_render(obs_source_t *source);
typedef struct obs_weak_source obs_weak_source_t;
obs_source_t *obs_weak_source_get_source(obs_weak_source_t *weak);
void obs_source_release(obs_source_t *source);
typedef void (*selfieseg_enum_proc)(obs_source_t *parent, obs_source_t *child, void *param);
void obs_source_enum_full_tree(obs_source_t *source, selfieseg_enum_proc callback, void *param);
uint64_t obs_get_video_frame_time(void);
uint64_t obs_get_frame_interval_ns(void);
void obs_enter_graphics(void);
void obs_leave_graphics(void);

gs_texrender_t *gs_texrender_create(int format, int zsformat);
void gs_texrender_destroy(gs_texrender_t *texrender);
bool gs_texrender_begin(gs_texrender_t *texrender, uint32_t cx, uint32_t cy);
void gs_texrender_end(gs_texrender_t *texrender);
void gs_texrender_reset(gs_texrender_t *texrender);
gs_texture_t *gs_texrender_get_texture(const gs_texrender_t *texrender);

gs_texture_t *gs_texture_create(uint32_t width, uint32_t height, int format, uint32_t levels,
                                const uint8_t **data, uint32_t flags);
void gs_texture_destroy(gs_texture_t *tex);
uint32_t gs_texture_get_width(const gs_texture_t *tex);
uint32_t gs_texture_get_height(const gs_texture_t *tex);
void gs_texture_set_image(gs_texture_t *tex, const uint8_t *data, uint32_t linesize, bool invert);

gs_stagesurf_t *gs_stagesurface_create(uint32_t width, uint32_t height, int format);
void gs_stagesurface_destroy(gs_stagesurf_t *surface);
void gs_stage_texture(gs_stagesurf_t *dst, gs_texture_t *src);
bool gs_stagesurface_map(gs_stagesurf_t *surface, uint8_t **data, uint32_t *linesize);
void gs_stagesurface_unmap(gs_stagesurf_t *surface);

gs_effect_t *gs_effect_create_from_file(const char *file, char **error_string);
void gs_effect_destroy(gs_effect_t *effect);
gs_eparam_t *gs_effect_get_param_by_name(const gs_effect_t *effect, const char *name);
bool gs_effect_loop(gs_effect_t *effect, const char *technique);
void gs_effect_set_texture(gs_eparam_t *param, gs_texture_t *value);
void gs_effect_set_float(gs_eparam_t *param, float value);
void gs_effect_set_vec2(gs_eparam_t *param, const struct vec2 *value);
void gs_effect_set_vec4(gs_eparam_t *param, const struct vec4 *value);

void gs_draw_sprite(gs_texture_t *tex, uint32_t flip, uint32_t width, uint32_t height);
void gs_ortho(float left, float right, float top, float bottom, float znear, float zfar);
void gs_clear(uint32_t flags, const struct vec4 *color, float depth, uint8_t stencil);
void gs_blend_state_push(void);
void gs_blend_state_pop(void);
void gs_blend_function(int src, int dest);
void gs_blend_function_separate(int src_c, int dest_c, int src_a, int dest_a);
bool gs_framebuffer_srgb_enabled(void);
void gs_enable_framebuffer_srgb(bool enable);

uint64_t os_gettime_ns(void);
void *bmalloc(size_t size);
void bfree(void *ptr);
void blog(int log_level, const char *format, ...);
]]

local M = {
  OBS_SOURCE_ASYNC = 4, OBS_SOURCE_CUSTOM_DRAW = 8,
  GS_R8 = 2, GS_RGBA = 3, GS_RGBA16F = 9, GS_ZS_NONE = 0, GS_DYNAMIC = 2, GS_CLEAR_COLOR = 1,
  GS_BLEND_ZERO = 0, GS_BLEND_ONE = 1, GS_BLEND_SRCALPHA = 4, GS_BLEND_INVSRCALPHA = 5,
  LOG_WARNING = 200, LOG_INFO = 300,
  NO_SOURCE = ffi.new "obs_source_t *",
}

-- libobs is already in the process: on Windows by its name, elsewhere among the program's own symbols.
M.C = jit.os == "Windows" and ffi.load("obs") or ffi.C

-- A level and a line for OBS's log.  Not obslua.script_log: inside destroy at unload OBS 29 crashes on it.
function M.log(level, text)
  M.C.blog(level, "[selfie-segmentation] %s", text)
end

return M
