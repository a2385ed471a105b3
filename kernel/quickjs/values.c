/* Values of JavaScript in and out of C. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define VALUE_BYTES 8
/* A JSValue's upper half where it is a small integer (quickjs.h, JS_TAG_INT). */
#define TAG_INT 0

u32 context;

s64 integer_in(u32 parameters, u32 index) {
  u32 *value = at(parameters + VALUE_BYTES * index);
  if (value[1] == TAG_INT) return (s32)value[0];
  return (s64)QTS_GetFloat64(&engine, context, parameters + VALUE_BYTES * index);
}

u32 number_out(double value) {
  return QTS_NewFloat64(&engine, context, value);
}

u32 integer_out(s64 value) {
  if (value != (s32)value) return number_out((double)value);
  u32 address = malloc_in_engine(&engine, VALUE_BYTES);
  u32 *words = at(address);
  words[0] = (u32)value;
  words[1] = TAG_INT;
  return address;
}

u32 string_out(const char *bytes, size_t length) {
  u32 copy = malloc_in_engine(&engine, length + 1);
  memcpy(at(copy), bytes, length);
  ((char *)at(copy))[length] = 0;
  u32 value = QTS_NewString(&engine, context, copy);
  free_in_engine(&engine, copy);
  return value;
}

char *text_in(u32 parameters, u32 index) {
  return at(QTS_GetString(&engine, context, parameters + VALUE_BYTES * index));
}

void release_text(char *text) {
  QTS_FreeCString(&engine, context, (u32)((u8 *)text - (u8 *)at(0)));
}

/*
 * How many of the bytes are one character of well-formed UTF-8 (Unicode, table 3-7). Where they are none, minus the number of those that are
 * replaced together by one U+FFFD (WHATWG Encoding, as Node's Buffer does).
 */
static int character_length(const u8 *bytes, size_t left) {
  u8 lead = bytes[0];
  if (lead < 0x80) return 1;
  int length = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (length == 0) return -1;
  u8 low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  u8 high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  for (int index = 1; index < length; index++, low = 0x80, high = 0xbf)
    if ((size_t)index == left || bytes[index] < low || bytes[index] > high) return -index;
  return length;
}

u32 text_out(const u8 *bytes, size_t length) {
  size_t faults = 0, end = 0;
  for (size_t here = 0; here < length;) {
    int step = character_length(bytes + here, length - here);
    faults += step < 0;
    here += abs(step);
  }
  if (faults == 0) return string_out((const char *)bytes, length);
  char *mended = malloc(length + 2 * faults);
  if (mended == NULL) abort();
  for (size_t here = 0; here < length;) {
    int step = character_length(bytes + here, length - here);
    memcpy(mended + end, step < 0 ? "\xef\xbf\xbd" : (const char *)bytes + here, step < 0 ? 3 : step);
    end += step < 0 ? 3 : step;
    here += abs(step);
  }
  u32 value = string_out(mended, end);
  free(mended);
  return value;
}

u32 latin1_out(const u8 *bytes, size_t length) {
  size_t end = 0;
  char *utf8 = malloc(2 * length + 1);
  if (utf8 == NULL) abort();
  for (size_t here = 0; here < length; here++) {
    if (bytes[here] >= 0x80) utf8[end++] = 0xc0 | bytes[here] >> 6;
    utf8[end++] = bytes[here] < 0x80 ? bytes[here] : 0x80 | (bytes[here] & 0x3f);
  }
  u32 value = string_out(utf8, end);
  free(utf8);
  return value;
}
