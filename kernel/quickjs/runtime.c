/*
 * The CNI executable. The build starts it once with the programs' text (snapshot): it loads them and writes a copy of itself that holds the engine's
 * memory as it is then. That copy maps this memory and calls the programs' `main`: nothing is read, parsed or set up in a call.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine.h"

#define MARK 0x53454c56
#define MOST_RUNS 16
/* Where in the file the memory begins. */
#define IMAGE_AT (4u << 20)
#define MOST_FILE (16u << 20)
#define MOST_STACK (2 << 20)
#define FEW_BYTES (64 << 10)

static struct image {
  u32 mark, filled, stack, size, context, main, undefined, runs;
  struct {
    u32 address, length;
  } run[MOST_RUNS];
} image = {.mark = MARK};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* Ends the process where a value is an exception. */
static void expect(u32 value) {
  u32 error = QTS_ResolveException(&engine, context, value);
  if (error == 0) return;
  fprintf(stderr, "%s\n", (char *)at(QTS_Dump(&engine, context, error)));
  exit(1);
}

static u32 copy_in(const char *bytes, size_t length) {
  u32 copy = malloc_in_engine(&engine, length + 1);
  memcpy(at(copy), bytes, length);
  ((char *)at(copy))[length] = 0;
  return copy;
}

static u32 word(const char *bytes) {
  return string_out(bytes, strlen(bytes));
}

static void evaluate(const char *source, size_t length) {
  u32 copy = copy_in(source, length), name = copy_in("programs", 8);
  expect(QTS_Eval(&engine, context, copy, length, name, 0, 0));
  free_in_engine(&engine, copy);
}

/*
 * The engine looks for cycles among objects when half as much again is used as was at the last time: with this, when a call has used 24 MB, which
 * is never. The build's own garbage goes, too.
 */
static const char QUIET[] = "let held = new ArrayBuffer(48 << 20); for (let i = 0; i < 4e5; i++) { const a = {}; a.a = a } held = undefined";

static void load(const char *source, size_t length) {
  reserve_memory();
  Z_qjs_init_module();
  Z_qjs_instantiate(&engine, &host);
  QTS_construct(&engine);
  u32 runtime = QTS_NewRuntime(&engine);
  context = QTS_NewContext(&engine, runtime, 0);
  QTS_RuntimeSetMaxStackSize(&engine, runtime, MOST_STACK);
  u32 native = QTS_NewObject(&engine, context), global = QTS_GetGlobalObject(&engine, context);
  for (u32 index = 0; native_names[index] != NULL; index++) {
    u32 name = copy_in(native_names[index], strlen(native_names[index]));
    QTS_SetProp(&engine, context, native, word(native_names[index]), QTS_NewFunction(&engine, context, name, 0, 0, index));
  }
  QTS_SetProp(&engine, context, global, word("native"), native);
  evaluate(source, length);
  evaluate(QUIET, sizeof QUIET - 1);
  image.main = QTS_GetProp(&engine, context, global, word("main"));
}

static char *contents(const char *path, size_t *length) {
  FILE *file = fopen(path, "r");
  char *bytes = malloc(MOST_FILE);
  if (file == NULL || bytes == NULL) fail(path);
  *length = fread(bytes, 1, MOST_FILE, file);
  fclose(file);
  return bytes;
}

static int is_empty(const u8 *page) {
  for (int index = 0; index < PAGE_BYTES; index++)
    if (page[index] != 0) return 0;
  return 1;
}

/* Pages between two that are used are written too when they are few. */
static void write_memory(FILE *file) {
  fseek(file, IMAGE_AT, SEEK_SET);
  u32 next = 0;
  for (u32 page = 0; page < memory.size; page += PAGE_BYTES) {
    if (is_empty(at(page))) continue;
    if (image.runs == 0 || page - next > FEW_BYTES) {
      if (image.runs == MOST_RUNS) fail("too many pieces of memory");
      image.run[image.runs++].address = next = page;
    }
    u32 length = page + PAGE_BYTES - next;
    if (fwrite(at(next), length, 1, file) != 1) fail("write");
    image.run[image.runs - 1].length += length;
    next = page + PAGE_BYTES;
  }
}

/* `RUNTIME PROGRAMS EXECUTABLE` */
static int snapshot(char **words) {
  size_t length, size;
  char *source = contents(words[1], &length), *self = contents(words[0], &size);
  load(source, length);
  image.filled = 1;
  image.stack = engine.w2c_g0;
  image.size = memory.size;
  image.context = context;
  image.undefined = QTS_GetUndefined(&engine);
  FILE *file = fopen(words[2], "w");
  if (file == NULL || size > IMAGE_AT) fail(words[2]);
  write_memory(file);
  struct image empty = {.mark = MARK};
  char *place = memmem(self, size, &empty, sizeof empty);
  if (place == NULL) fail("no place for the image's description");
  memcpy(place, &image, sizeof image);
  fseek(file, 0, SEEK_SET);
  if (fwrite(self, size, 1, file) != 1 || fclose(file) != 0) fail(words[2]);
  return 0;
}

static void map_image(void) {
  int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("/proc/self/exe");
  for (u32 index = 0, offset = IMAGE_AT; index < image.runs; offset += image.run[index++].length)
    if (mmap(at(image.run[index].address), image.run[index].length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, offset) == MAP_FAILED)
      fail("mmap of the programs");
  close(fd);
}

/* A file opened later must not become the standard output of whoever closed his. */
static void open_standard_files(void) {
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) _exit(1);
}

int main(int argc, char **argv) {
  if (!image.filled) return argc == 3 ? snapshot(argv) : 2;
  command_line_words = argc;
  command_line = argv;
  open_standard_files();
  /* A reader that is gone is the failure of a write. */
  signal(SIGPIPE, SIG_IGN);
  reserve_memory();
  map_image();
  engine_wire(&engine);
  engine.w2c_g0 = image.stack;
  memory.size = image.size;
  context = image.context;
  expect(QTS_Call(&engine, context, image.main, image.undefined, 0, 0));
  return 0;
}
