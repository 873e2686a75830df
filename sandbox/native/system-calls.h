/* System calls without a C library: what is linked in is what is written here. Results are the kernel's: negative is -errno. */
#ifndef AEGIS_SYSTEM_CALLS_H
#define AEGIS_SYSTEM_CALLS_H

#include <asm/unistd.h>

#if defined(__x86_64__)

static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long fourth __asm__("r10") = d;
  register long fifth __asm__("r8") = e;
  register long sixth __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
  register long which __asm__("x8") = number;
  register long first __asm__("x0") = a;
  register long second __asm__("x1") = b;
  register long third __asm__("x2") = c;
  register long fourth __asm__("x3") = d;
  register long fifth __asm__("x4") = e;
  register long sixth __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(first)
                   : "r"(which), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "memory");
  return first;
}

#else
#error "no system calls for this architecture"
#endif

static inline long call5(long n, long a, long b, long c, long d, long e) { return call6(n, a, b, c, d, e, 0); }
static inline long call4(long n, long a, long b, long c, long d) { return call6(n, a, b, c, d, 0, 0); }
static inline long call3(long n, long a, long b, long c) { return call6(n, a, b, c, 0, 0, 0); }
static inline long call2(long n, long a, long b) { return call6(n, a, b, 0, 0, 0, 0); }
static inline long call1(long n, long a) { return call6(n, a, 0, 0, 0, 0, 0); }
static inline long call0(long n) { return call6(n, 0, 0, 0, 0, 0, 0); }

/* Newer than the headers that some compilers come with; the same numbers on every architecture. */
#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset 444
#define __NR_landlock_add_rule 445
#define __NR_landlock_restrict_self 446
#endif

#endif
