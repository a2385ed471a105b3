/*
 * QuickJS as C made of WebAssembly (scripts/build/quickjs-engine.ts): one linear memory, at a fixed place, so that what the build has put into it,
 * pointers included, holds in every call.
 */
#ifndef SELVEDGE_ENGINE_H
#define SELVEDGE_ENGINE_H

#include "qjs.h"
/* The names of quickjs-emscripten's functions, QTS_… */
#include "qts.h"

#define MEMORY_BASE 0x10000000000UL
/* All that 32 bits can name is ours: an address needs no check. */
#define MEMORY_RESERVED (1UL << 32)
#define PAGE_BYTES 4096

struct Z_a_instance_t {
  int nothing;
};

extern Z_qjs_instance_t engine;
extern struct Z_a_instance_t host;
extern wasm_rt_memory_t memory;
extern u32 context;

/* Made by the build, of what is static in the generated source. */
void engine_wire(Z_qjs_instance_t *engine);
u32 engine_array_buffer(Z_qjs_instance_t *engine, u32 context, u32 length_at, u64 value);

static inline void *at(u32 address) {
  return (u8 *)MEMORY_BASE + address;
}

/* imports.c: takes all that the memory may become. Ends the process when it cannot be had. */
void reserve_memory(void);

/* values.c: parameters of a native function, and results for it: addresses of JSValues. */
s64 integer_in(u32 parameters, u32 index);
u32 integer_out(s64 value);
u32 number_out(double value);
/* Bytes that are UTF-8 without NUL. */
u32 string_out(const char *bytes, size_t length);
/* Bytes that should be UTF-8, without NUL: what is not is U+FFFD, as the Encoding Standard divides it. */
u32 text_out(const u8 *bytes, size_t length);
u32 latin1_out(const u8 *bytes, size_t length);
/* Of a text without NUL; release_text when it is done with. */
char *text_in(u32 parameters, u32 index);
void release_text(char *text);

/* native.c: what native.ts declares. */
extern const char *const native_names[];
extern int command_line_words;
extern char **command_line;

#endif
