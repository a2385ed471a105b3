/* What the engine asks of whoever runs it (emscripten's imports; the letters are the package's, see its emscripten-module.cjs). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"

#define FIRST_PAGES 256
#define MOST_BYTES (1u << 30)
#define MEGABYTE (1u << 20)
#define WASM_PAGE_SHIFT 16

Z_qjs_instance_t engine;
struct Z_a_instance_t host;
wasm_rt_memory_t memory = {(u8 *)MEMORY_BASE, FIRST_PAGES, MOST_BYTES >> WASM_PAGE_SHIFT, FIRST_PAGES << WASM_PAGE_SHIFT};

void reserve_memory(void) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
  if (mmap((void *)MEMORY_BASE, MEMORY_RESERVED, PROT_READ | PROT_WRITE, flags, -1, 0) == (void *)MEMORY_BASE) return;
  perror("mmap of the engine's memory");
  _exit(1);
}

#define IMPORT(result, letter, ...) result Z_aZ_##letter(struct Z_a_instance_t *self, ##__VA_ARGS__)

static void end(const char *what) {
  fprintf(stderr, "the engine cannot go on: %s\n", what);
  abort();
}

wasm_rt_memory_t *Z_aZ_a(struct Z_a_instance_t *self) {
  return &memory;
}

IMPORT(void, b, u32 what, u32 file, u32 line, u32 function) { end(at(what)); }
IMPORT(void, r) { end("abort"); }
IMPORT(void, s, u32 status) { _exit(status); }
IMPORT(void, l) {}

/* emscripten_resize_heap. The memory is reserved: growing is taking note. */
IMPORT(u32, k, u32 bytes) {
  if (bytes > MOST_BYTES) return 0;
  memory.size = (bytes + MEGABYTE - 1) & -MEGABYTE;
  memory.pages = memory.size >> WASM_PAGE_SHIFT;
  return 1;
}

static u64 nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000ull + now.tv_nsec;
}

IMPORT(u32, q, u32 id, u64 precision, u32 result) {
  *(u64 *)at(result) = nanoseconds(id == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC);
  return 0;
}
IMPORT(f64, p) { return (f64)(nanoseconds(CLOCK_REALTIME) / 1000000); }

/* Local time is UTC: no program asks for it. */
IMPORT(void, m, u64 time, u32 tm) { memset(at(tm), 0, 44); }
IMPORT(void, n, u32 zone, u32 daylight, u32 standard_name, u32 daylight_name) {
  *(u32 *)at(zone) = *(u32 *)at(daylight) = 0;
  strcpy(at(standard_name), "UTC");
  strcpy(at(daylight_name), "UTC");
}
IMPORT(u32, j, u32 which, f64 after) { return 0; }

/* No files, no environment: programs have system calls. */
#define BAD_FILE 8
IMPORT(u32, c, u32 fd, u32 parts, u32 count, u32 written) { return BAD_FILE; }
IMPORT(u32, d, u32 fd) { return BAD_FILE; }
IMPORT(u32, o, u32 fd, u64 offset, u32 whence, u32 result) { return BAD_FILE; }
IMPORT(u32, e, u32 words, u32 bytes) { return 0; }
IMPORT(u32, f, u32 count, u32 bytes) {
  *(u32 *)at(count) = *(u32 *)at(bytes) = 0;
  return 0;
}

/* No interrupts, no modules, nothing held on the host's side. */
IMPORT(u32, i, u32 runtime) { return 0; }
IMPORT(u32, h, u32 runtime, u32 ctx, u32 name) { return 0; }
IMPORT(u32, g, u32 runtime, u32 ctx, u32 base, u32 name) { return 0; }
IMPORT(void, u, u32 runtime, u32 id) {}

/* wasm2c's own runtime, as far as one module with one table needs it. */
void wasm_rt_trap(wasm_rt_trap_t why) {
  fprintf(stderr, "the engine cannot go on: WebAssembly trap %d\n", why);
  abort();
}

#define MOST_TABLE 1024
static wasm_rt_funcref_t functions[MOST_TABLE];

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *table, uint32_t size, uint32_t most) {
  if (size > MOST_TABLE) end("the table is too large");
  *table = (wasm_rt_funcref_table_t){functions, most, size};
}

/* A process has one table until it ends. */
void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *table) {}

#define MOST_TYPES 256
#define MOST_WORDS 32
static u32 types[MOST_TYPES][MOST_WORDS], type_count;

uint32_t wasm_rt_register_func_type(uint32_t parameters, uint32_t results, ...) {
  u32 type[MOST_WORDS] = {parameters, results};
  if (parameters + results + 2 > MOST_WORDS || type_count == MOST_TYPES) end("too many types");
  __builtin_va_list words;
  __builtin_va_start(words, results);
  for (u32 index = 0; index < parameters + results; index++) type[2 + index] = __builtin_va_arg(words, wasm_rt_type_t);
  __builtin_va_end(words);
  for (u32 index = 0; index < type_count; index++)
    if (memcmp(types[index], type, sizeof type) == 0) return index + 1;
  memcpy(types[type_count], type, sizeof type);
  return ++type_count;
}
