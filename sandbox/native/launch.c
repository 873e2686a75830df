/*
 * Puts up every wall that must stand before Node starts, then becomes Node. Static, without a C library, a few kilobytes.
 *
 *   launch [OPTION VALUE...]... -- PROGRAM ARGUMENT...
 *
 *   --parent PID          the process that must be the parent still; 0 where it cannot be seen (inside a pid namespace)
 *   --join FD             an open cgroup.procs: enter that cgroup first. The kernel checks who opened it, not who writes. Repeatable:
 *                         version 1 has one for each controller
 *   --limit R N M         resource R (a number of asm-generic/resource.h) to soft N, hard M
 *   --landlock MIN        refuse below this Landlock version; 0 goes on without. `off` behaves as a kernel without it (for tests)
 *   --run P  --run-try P  execute and read below P      (the `-try` forms skip a path that is not there)
 *   --read P --read-try P read below P
 *   --device P            read and write the one file P
 *   --fill P              make, read, write, rename and remove files and folders below P
 *   --filter P            the seccomp program of stage 1, as the kernel reads it
 *
 * It is dumb on purpose: it decides nothing, applies what it is given and refuses what it does not understand. Whatever fails is said on
 * descriptor 3 as a `refused` line and ends with 78; there is no way on with a wall less. PROGRAM gets one argument more than it was given,
 * `landlock=N`: what stands of the one wall that it cannot ask the kernel about.
 *
 * What it must not trust, and what it does about it:
 * - the environment, umask, signal masks and dispositions, personality, ambient capabilities, terminal: made from nothing, so that nothing
 *   of the supervisor goes in (LD_PRELOAD, NODE_OPTIONS, a blocked SIGTERM, a process without address randomisation);
 * - descriptors: 0 to 3 must be open (else an own one could take their place), everything above is closed, not marked;
 * - paths: the last part of a required path may not be a link. A grant holds the inode that was opened, so a path that is exchanged
 *   before execve costs the start, never the wall;
 * - order: no_new_privs before the filter (the kernel demands it), the filter last, because it refuses what was needed before.
 */
#include "system-calls.h"

#include <asm/resource.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

enum { result_descriptor = 3, refused_exit = 78, arguments_max = 256, filter_max = 4096, limits_max = 16, joins_max = 4, errno_max = 4095 };
enum { error_not_there = 2, error_not_permitted = 1 };

typedef unsigned long long u64;

/* ---- saying no ------------------------------------------------------------------------------------------------------------------- */


static char *append(char *to, const char *text) {
  while (*text != 0) *to++ = *text++;
  return to;
}

static char *append_number(char *to, unsigned long value) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while ((value /= 10) != 0);
  while (count > 0) *to++ = digits[--count];
  return to;
}

/* Words are our own constants: nothing that would have to be escaped. */
static _Noreturn void refuse(const char *what, long result) {
  static char line[256];
  char *end = append(line, "{\"type\":\"refused\",\"missing\":[\"launcher: ");
  end = append(end, what);
  if (result < 0 && result >= -errno_max) {
    end = append(end, ": errno ");
    end = append_number(end, (unsigned long)-result);
  }
  end = append(end, "\"]}\n");
  call3(__NR_write, result_descriptor, (long)line, end - line);
  for (;;) call1(__NR_exit_group, refused_exit);
}

static long must(long result, const char *what) {
  if (result < 0) refuse(what, result);
  return result;
}

/* ---- reading the arguments ------------------------------------------------------------------------------------------------------- */

static int equal(const char *one, const char *other) {
  while (*one != 0 && *one == *other) one++, other++;
  return *one == *other;
}

static u64 number_of(const char *text) {
  u64 value = 0;
  if (*text == 0) refuse("an empty number", 0);
  for (; *text != 0; text++) {
    if (*text < '0' || *text > '9' || value > 999999999999999999ULL) refuse("not a number", 0);
    value = value * 10 + (u64)(*text - '0');
  }
  return value;
}

/* Source: linux/include/uapi/linux/landlock.h. Newer than the headers of older compilers, hence by value. */
enum {
  may_execute = 1 << 0,
  may_write_file = 1 << 1,
  may_read_file = 1 << 2,
  may_read_folder = 1 << 3,
  may_remove_folder = 1 << 4,
  may_remove_file = 1 << 5,
  may_make_folder = 1 << 7,
  may_make_file = 1 << 8,
  may_move = 1 << 13, /* rename from one folder below the grant to another; version 2 */
  may_truncate = 1 << 14, /* version 3 */
  of_files = may_execute | may_write_file | may_read_file | may_truncate | 1 << 15,
};

struct grant {
  const char *option;
  unsigned int rights;
  int optional;
};

static const struct grant grants[] = {
    {"--run", may_execute | may_read_file | may_read_folder, 0},
    {"--run-try", may_execute | may_read_file | may_read_folder, 1},
    {"--read", may_read_file | may_read_folder, 0},
    {"--read-try", may_read_file | may_read_folder, 1},
    {"--device", may_read_file | may_write_file, 1},
    {"--fill",
     may_read_file | may_read_folder | may_write_file | may_truncate | may_make_file | may_make_folder | may_remove_file | may_remove_folder |
         may_move,
     0},
};

static const struct grant *grant_of(const char *option) {
  for (unsigned int index = 0; index < sizeof grants / sizeof *grants; index++)
    if (equal(option, grants[index].option)) return &grants[index];
  return 0;
}

struct limit {
  int resource;
  u64 soft, hard;
};

struct plan {
  long parent;
  int join_count;
  long joins[joins_max];
  int landlock_off, landlock_least;
  int limit_count;
  struct limit limits[limits_max];
  const char *filter;
  char **program; /* the rest of the arguments */
  char **options; /* read again for the grants, once there is a ruleset */
};

static struct plan plan = {.parent = -1, .landlock_least = 1};

static int values_of(const char *option) {
  return equal(option, "--limit") ? 3 : 1;
}

static void read_option(char **at) {
  const char *option = at[0], *value = at[1];
  if (equal(option, "--parent")) plan.parent = (long)number_of(value);
  else if (equal(option, "--filter")) plan.filter = value;
  else if (equal(option, "--landlock")) {
    plan.landlock_off = equal(value, "off");
    plan.landlock_least = plan.landlock_off ? 0 : (int)number_of(value);
  } else if (equal(option, "--join")) {
    if (plan.join_count == joins_max) refuse("too many cgroups", 0);
    plan.joins[plan.join_count++] = (long)number_of(value);
  } else if (equal(option, "--limit")) {
    if (plan.limit_count == limits_max) refuse("too many limits", 0);
    struct limit *limit = &plan.limits[plan.limit_count++];
    limit->resource = (int)number_of(value);
    limit->soft = number_of(at[2]);
    limit->hard = number_of(at[3]);
  } else if (grant_of(option) == 0) refuse("an option that it does not know", 0);
}

static void read_arguments(int count, char **arguments) {
  int at = 1;
  if (count > arguments_max) refuse("too many arguments", 0);
  plan.options = arguments + 1;
  while (at < count && !equal(arguments[at], "--")) {
    int values = values_of(arguments[at]);
    if (at + values >= count) refuse("an option without its value", 0);
    read_option(arguments + at);
    at += 1 + values;
  }
  if (at + 1 >= count) refuse("no program", 0);
  plan.program = arguments + at + 1;
  if (plan.parent < 0) refuse("no parent named", 0);
  if (plan.filter == 0) refuse("no filter named", 0);
}

/* ---- leaving behind what was inherited ------------------------------------------------------------------------------------------- */

static void stay_with_parent(void) {
  must(call2(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL), "parent death signal");
  /* the parent may have ended before that took effect */
  if (plan.parent != 0 && call0(__NR_getppid) != plan.parent) refuse("the supervisor ended before it started", 0);
}

static void check_descriptors(void) {
  for (int descriptor = 0; descriptor <= result_descriptor; descriptor++)
    must(call2(__NR_fcntl, descriptor, F_GETFD), "descriptors 0 to 3 are not all open");
}

static void check_user(void) {
  if (call0(__NR_getuid) == 0 || call0(__NR_geteuid) == 0 || call0(__NR_getgid) == 0 || call0(__NR_getegid) == 0)
    refuse("unprivileged user: it was started as root", 0);
}

static void forget_what_was_inherited(void) {
  static const u64 nothing[4] = {0}; /* a default sigaction and an empty mask */
  long session = call0(__NR_setsid); /* no terminal: neither its signals nor its input queue */
  if (session < 0 && session != -error_not_permitted) refuse("own session", session);
  for (int signal = 1; signal <= 64; signal++)
    if (signal != SIGKILL && signal != SIGSTOP) must(call4(__NR_rt_sigaction, signal, (long)nothing, 0, 8), "signal dispositions");
  must(call4(__NR_rt_sigprocmask, SIG_SETMASK, (long)nothing, 0, 8), "signal mask");
  must(call1(__NR_personality, 0), "personality");
  call1(__NR_umask, 022);
  must(call5(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient capabilities");
}

/* When the machine runs out of memory the analyzer goes first, not the database beside it. Not a wall: without it nothing is lost. */
static void be_first_to_go(void) {
  long file = call4(__NR_openat, AT_FDCWD, (long)"/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0);
  if (file < 0) return;
  call3(__NR_write, file, (long)"1000", 4);
  call1(__NR_close, file);
}

static void enter_cgroups(void) {
  for (int index = 0; index < plan.join_count; index++) must(call3(__NR_write, plan.joins[index], (long)"0", 1), "cgroup");
}

static void close_the_rest(void) {
  must(call3(__NR_close_range, result_descriptor + 1, ~0U, 0), "close_range");
}

static void set_limits(void) {
  for (int index = 0; index < plan.limit_count; index++) {
    struct limit *limit = &plan.limits[index];
    u64 bounds[2] = {limit->soft, limit->hard};
    must(call4(__NR_prlimit64, 0, limit->resource, (long)bounds, 0), "resource limit");
  }
}

/* ---- Landlock -------------------------------------------------------------------------------------------------------------------- */

static u64 handled_by(long version) {
  if (version >= 5) return 0xffff;
  if (version >= 3) return 0x7fff;
  return version == 2 ? 0x3fff : 0x1fff;
}

static void add_grant(long ruleset, u64 handled, const struct grant *grant, const char *path) {
  struct stat found;
  long place = call4(__NR_openat, AT_FDCWD, (long)path, O_PATH | O_CLOEXEC | (grant->optional ? 0 : O_NOFOLLOW), 0);
  if (place == -error_not_there && grant->optional) return; /* not on this distribution: what is not there needs no grant */
  must(place, "a granted path");
  must(call2(__NR_fstat, place, (long)&found), "a granted path");
  unsigned int kind = found.st_mode & 0170000;
  if (kind == 0120000) refuse("a granted path is a link", 0);
  struct {
    u64 rights;
    int parent;
  } __attribute__((packed)) rule = {handled & (kind == 0040000 ? grant->rights : grant->rights & of_files), (int)place};
  must(call4(__NR_landlock_add_rule, ruleset, 1, (long)&rule, 0), "landlock_add_rule");
  call1(__NR_close, place);
}

/* Answers the version in force, 0 for none. */
static long restrict_files(void) {
  long version = plan.landlock_off ? 0 : call3(__NR_landlock_create_ruleset, 0, 0, 1);
  if (version < 0) version = 0; /* not built in, or switched off at boot */
  if (version < plan.landlock_least) refuse("Landlock (Linux 5.13 or later) is missing", 0);
  if (version == 0) return 0;
  u64 handled = handled_by(version);
  u64 attributes[3] = {handled, 3 /* bind and connect of TCP */, 3 /* abstract sockets and signals of others */};
  long ruleset = must(call3(__NR_landlock_create_ruleset, (long)attributes, version >= 6 ? 24 : version >= 4 ? 16 : 8, 0), "landlock_create_ruleset");
  for (char **at = plan.options; at < plan.program - 1; at += 1 + values_of(*at)) {
    const struct grant *grant = grant_of(*at);
    if (grant != 0) add_grant(ruleset, handled, grant, at[1]);
  }
  must(call2(__NR_landlock_restrict_self, ruleset, 0), "landlock_restrict_self");
  call1(__NR_close, ruleset);
  return version;
}

/* ---- seccomp, stage 1 ------------------------------------------------------------------------------------------------------------ */

static struct sock_filter program[filter_max];

static unsigned short read_filter(void) {
  unsigned long have = 0;
  long file = must(call4(__NR_openat, AT_FDCWD, (long)plan.filter, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0), "the filter");
  for (;;) {
    long some = must(call3(__NR_read, file, (long)program + (long)have, (long)(sizeof program - have)), "the filter");
    if (some == 0) break;
    have += (unsigned long)some;
    if (have == sizeof program) refuse("the filter is too long", 0);
  }
  call1(__NR_close, file);
  if (have == 0 || have % sizeof *program != 0) refuse("the filter is not whole", 0);
  return (unsigned short)(have / sizeof *program);
}

static void install_filter(unsigned short length) {
  struct sock_fprog filter = {length, program};
  must(call3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&filter), "seccomp stage 1"); /* one thread: nothing to synchronise */
}

/* ---- becoming Node --------------------------------------------------------------------------------------------------------------- */

static _Noreturn void become(char **arguments, long landlock) {
  static char *environment[] = {
      "PATH=/nonexistent", "HOME=/nonexistent", "TZ=UTC", "LANG=C.UTF-8", "NODE_ENV=production", "UV_THREADPOOL_SIZE=4", "UV_USE_IO_URING=0", 0,
  };
  static char *all[arguments_max + 2];
  static char fact[32];
  int count = 0;
  while (arguments[count] != 0) all[count] = arguments[count], count++;
  *append_number(append(fact, "landlock="), (unsigned long)landlock) = 0;
  all[count] = fact;
  refuse("execve", call3(__NR_execve, (long)all[0], (long)all, (long)environment));
}

/* The stack as the kernel leaves it: the count, the arguments, a NULL. */
__attribute__((used)) _Noreturn void launch(long *stack) {
  read_arguments((int)stack[0], (char **)(stack + 1));
  stay_with_parent();
  check_descriptors();
  check_user();
  forget_what_was_inherited();
  be_first_to_go();
  enter_cgroups();
  close_the_rest();
  set_limits();
  unsigned short length = read_filter();
  must(call5(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  long landlock = restrict_files();
  install_filter(length);
  become(plan.program, landlock);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall launch\n");
#else
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, sp\n\tbl launch\n");
#endif
