// Test only: system calls as hostile machine code would make them, without libc between. Loaded before the last wall closes.
#include <node_api.h>
#include <stdint.h>

#define ARGUMENTS 6
#define TEXT_BYTES 4096

static char texts[ARGUMENTS][TEXT_BYTES];

// A child, should one come to be, ends at once: it would else go on as a second runner on the same stack.
static long system_call(long number, const long *given) {
  register long fourth __asm__("r10") = given[3];
  register long fifth __asm__("r8") = given[4];
  register long sixth __asm__("r9") = given[5];
  long result;
  if (number == 56 || number == 57 || number == 58) {
    __asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tmov $60, %%eax\n\txor %%edi, %%edi\n\tsyscall\n1:"
                     : "=a"(result)
                     : "a"(number), "D"(given[0]), "S"(given[1]), "d"(given[2]), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory", "cc");
    return result;
  }
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(given[0]), "S"(given[1]), "d"(given[2]), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  return result;
}

// The entry of 32-bit programs, with its own numbers.
static long interrupt_80(long number, const long *given) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(given[0]), "c"(given[1]), "d"(given[2])
                   : "r8", "r9", "r10", "r11", "memory");
  return (int)result;
}

// The page of the first x86-64 Linux: gettimeofday, time, getcpu at fixed addresses.
static long vsyscall(long index, const long *given) {
  return ((long (*)(long, long))(uintptr_t)(0xffffffffff600000UL + 0x400UL * (unsigned long)index))(given[0], given[1]);
}

static long argument_of(napi_env env, napi_value value, int place) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  int64_t number = 0;
  if (type == napi_number) napi_get_value_int64(env, value, &number);
  if (type == napi_bigint) {
    bool lossless;
    napi_get_value_bigint_int64(env, value, &number, &lossless);
  }
  if (type == napi_string) {
    size_t length;
    napi_get_value_string_utf8(env, value, texts[place], TEXT_BYTES, &length);
    return (long)texts[place];
  }
  if (type == napi_object) {
    void *bytes = NULL;
    size_t length;
    napi_get_buffer_info(env, value, &bytes, &length);
    return (long)bytes;
  }
  return (long)number;
}

typedef long (*entry)(long, const long *);

static napi_value enter(napi_env env, napi_callback_info info) {
  size_t count = ARGUMENTS + 1;
  napi_value values[ARGUMENTS + 1], answer;
  void *through;
  long given[ARGUMENTS] = {0};
  napi_get_cb_info(env, info, &count, values, NULL, &through);
  for (size_t index = 1; index < count && index <= ARGUMENTS; index++) given[index - 1] = argument_of(env, values[index], (int)index - 1);
  napi_create_int64(env, ((entry)through)(argument_of(env, values[0], 0), given), &answer);
  return answer;
}

// Where the bytes of a buffer are, for structures that point at each other.
static napi_value address(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value, answer;
  napi_get_cb_info(env, info, &count, &value, NULL, NULL);
  napi_create_int64(env, argument_of(env, value, 0), &answer);
  return answer;
}

static void add(napi_env env, napi_value exports, const char *name, napi_callback call, void *through) {
  napi_value made;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, through, &made);
  napi_set_named_property(env, exports, name, made);
}

NAPI_MODULE_INIT() {
  add(env, exports, "systemCall", enter, (void *)system_call);
  add(env, exports, "interrupt80", enter, (void *)interrupt_80);
  add(env, exports, "vsyscall", enter, (void *)vsyscall);
  add(env, exports, "address", address, NULL);
  return exports;
}
