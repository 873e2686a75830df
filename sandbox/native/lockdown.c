/*
 * What stage 2 needs of the kernel and Node does not offer, as five operations and no more: no number of a call, no address and no pointer
 * comes from JavaScript, so that code which takes the process over finds no way in here that it did not have. Without a C library.
 * Each answers 0, or the errno by which the kernel refused.
 */
#include "node-api.h"
#include "system-calls.h"

#include <asm/signal.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

enum { invalid = 22, out_of_step = 1000, filter_max = 4096, address_family_inet = 2, stream = 1, ring_entries = 8 };

static napi_value outcome(napi_env env, long result) { return napi_number(env, result < 0 ? -result : 0); }

/* No core file, no ptrace, and /proc/self belongs to root: execve had reset what the launcher could have set. */
static napi_value set_undumpable(napi_env env, napi_callback_info info) {
  (void)info;
  return outcome(env, call5(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0));
}

/*
 * Puts the program (a Uint8Array, as the kernel reads it) on every thread of this process, those of V8 and of the thread pool included.
 * A thread that cannot be brought in step is answered by the kernel with its id, a positive number: a failure like any other here.
 */
static napi_value install_filter(napi_env env, napi_callback_info info) {
  napi_value argument = 0;
  size_t count = 1, length = 0;
  void *bytes = 0;
  int type = -1;
  if (napi_get_cb_info(env, info, &count, &argument, 0, 0) != 0 || count != 1) return outcome(env, -invalid);
  if (napi_get_typedarray_info(env, argument, &type, &length, &bytes, 0, 0) != 0 || type != napi_uint8_array) return outcome(env, -invalid);
  if (length == 0 || length % sizeof(struct sock_filter) != 0 || length / sizeof(struct sock_filter) > filter_max) return outcome(env, -invalid);
  struct sock_fprog program = {(unsigned short)(length / sizeof(struct sock_filter)), bytes};
  long result = call3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, (long)&program);
  return outcome(env, result > 0 ? -out_of_step : result);
}

/* The probes of the self-test. 0 is bad news: what must not be possible was. */

static napi_value try_ring(napi_env env, napi_callback_info info) {
  (void)info;
  return outcome(env, call2(__NR_io_uring_setup, ring_entries, 0)); /* without parameters even an open way answers EFAULT */
}

static napi_value try_socket(napi_env env, napi_callback_info info) {
  (void)info;
  long descriptor = call3(__NR_socket, address_family_inet, stream, 0);
  if (descriptor >= 0) call1(__NR_close, descriptor);
  return outcome(env, descriptor);
}

static napi_value try_process(napi_env env, napi_callback_info info) {
  (void)info;
  long child = call5(__NR_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0)
    for (;;) call1(__NR_exit_group, 0);
  if (child > 0) call4(__NR_wait4, child, 0, 0, 0);
  return outcome(env, child);
}

int32_t node_api_module_get_api_version_v1(void) { return 8; }

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_export(env, exports, "setUndumpable", set_undumpable);
  napi_export(env, exports, "installFilter", install_filter);
  napi_export(env, exports, "tryRing", try_ring);
  napi_export(env, exports, "trySocket", try_socket);
  napi_export(env, exports, "tryProcess", try_process);
  return exports;
}
