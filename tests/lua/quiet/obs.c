/* An OBS that does nothing, fast: what the Lua half allocates and how long it takes by itself shows beside it.
 * Every object is the same one; time passes when next_frame says so.  The Lua half reaches it as it reaches libobs,
 * by FFI, so that numbers and pointers come back as they do in OBS. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

static char objects[2][4096];
static char *object = objects[0]; /* every source, texture, effect, … */
static uint8_t picture[1024 * 1024 * 4];
static uint64_t now_ns = 1000000000;
static uint32_t padding;
static int in_technique;

void next_frame(void) { now_ns += 33333333; }

/* From here on objects are another one, and the rows of pictures are padded. */
void become_other(void)
{
	object = objects[1];
	padding = 256;
}

/* The real clock, for timing. */
double clock_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec * 1e-3;
}

static int ends[2] = {-1, -1};

/* A socket as the bell is rung through; take_bells empties it. */
int make_bell(void)
{
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends)) return -1;
	return ends[0];
}

int take_bells(void)
{
	char byte;
	int count = 0;
	while (recv(ends[1], &byte, 1, 0) == 1) count++;
	return count;
}

uint64_t obs_get_video_frame_time(void) { return now_ns; }
uint64_t obs_get_frame_interval_ns(void) { return 33333333; }
uint64_t os_gettime_ns(void) { return now_ns; }
void *bmalloc(size_t size) { return malloc(size); }
void bfree(void *block) { free(block); }
void blog(int level, const char *format, ...) { (void)level; (void)format; }

void *obs_filter_get_target(void *filter) { (void)filter; return object; }
void *obs_filter_get_parent(void *filter) { (void)filter; return object; }
const char *obs_source_get_name(void *source) { (void)source; return "Camera"; }
const char *obs_source_get_id(void *source) { (void)source; return "selfie_segmentation"; }
uint32_t obs_source_get_output_flags(void *source) { (void)source; return 1; }
uint32_t obs_source_get_base_width(void *source) { (void)source; return 1280; }
uint32_t obs_source_get_base_height(void *source) { (void)source; return 720; }
uint32_t obs_source_get_width(void *source) { (void)source; return 1280; }
uint32_t obs_source_get_height(void *source) { (void)source; return 720; }
void obs_source_video_render(void *source) { (void)source; }
void obs_source_default_render(void *source) { (void)source; }
void *obs_weak_source_get_source(void *weak) { return weak; }
void obs_source_release(void *source) { (void)source; }
void obs_source_enum_full_tree(void *source, void *callback, void *param) { (void)source; (void)callback; (void)param; }
void obs_enter_graphics(void) {}
void obs_leave_graphics(void) {}

void *gs_texrender_create(int format, int zsformat) { (void)format; (void)zsformat; return object; }
void gs_texrender_destroy(void *target) { (void)target; }
bool gs_texrender_begin(void *target, uint32_t width, uint32_t height)
{
	(void)target; (void)width; (void)height;
	return true;
}
void gs_texrender_end(void *target) { (void)target; }
void gs_texrender_reset(void *target) { (void)target; }
void *gs_texrender_get_texture(void *target) { return target; }
void *gs_texture_create(uint32_t width, uint32_t height, int format, uint32_t levels, const uint8_t **data, uint32_t flags)
{
	(void)width; (void)height; (void)format; (void)levels; (void)data; (void)flags;
	return object;
}
void gs_texture_destroy(void *texture) { (void)texture; }
uint32_t gs_texture_get_width(void *texture) { (void)texture; return 64; }
uint32_t gs_texture_get_height(void *texture) { (void)texture; return 36; }
void gs_texture_set_image(void *texture, const uint8_t *data, uint32_t linesize, bool invert)
{
	(void)texture; (void)data; (void)linesize; (void)invert;
}
void *gs_stagesurface_create(uint32_t width, uint32_t height, int format)
{
	(void)width; (void)height; (void)format;
	return object;
}
void gs_stagesurface_destroy(void *surface) { (void)surface; }
void gs_stage_texture(void *surface, void *texture) { (void)surface; (void)texture; }
bool gs_stagesurface_map(void *surface, uint8_t **data, uint32_t *linesize)
{
	(void)surface;
	*data = picture;
	*linesize = 512 * 4 + padding;
	return true;
}
void gs_stagesurface_unmap(void *surface) { (void)surface; }
void *gs_effect_create_from_file(const char *path, char **why) { (void)path; (void)why; return object; }
void gs_effect_destroy(void *effect) { (void)effect; }
void *gs_effect_get_param_by_name(void *effect, const char *name) { (void)name; return effect; }
bool gs_effect_loop(void *effect, const char *technique)
{
	(void)effect; (void)technique;
	in_technique = !in_technique;
	return in_technique;
}
void gs_effect_set_texture(void *param, void *texture) { (void)param; (void)texture; }
void gs_effect_set_float(void *param, float value) { (void)param; (void)value; }
void gs_effect_set_vec2(void *param, const void *value) { (void)param; (void)value; }
void gs_effect_set_vec4(void *param, const void *value) { (void)param; (void)value; }
void gs_draw_sprite(void *texture, uint32_t flip, uint32_t width, uint32_t height)
{
	(void)texture; (void)flip; (void)width; (void)height;
}
void gs_ortho(float left, float right, float top, float bottom, float near, float far)
{
	(void)left; (void)right; (void)top; (void)bottom; (void)near; (void)far;
}
void gs_clear(uint32_t flags, const void *color, float depth, uint8_t stencil)
{
	(void)flags; (void)color; (void)depth; (void)stencil;
}
void gs_blend_state_push(void) {}
void gs_blend_state_pop(void) {}
void gs_blend_function(int source, int target) { (void)source; (void)target; }
void gs_blend_function_separate(int source_c, int target_c, int source_a, int target_a)
{
	(void)source_c; (void)target_c; (void)source_a; (void)target_a;
}
bool gs_framebuffer_srgb_enabled(void) { return false; }
void gs_enable_framebuffer_srgb(bool enable) { (void)enable; }
