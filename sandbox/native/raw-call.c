/*
 * For the escape suite alone, never in a runtime: any system call with numbers of the caller's choice, as code would make it that has taken
 * the process over. Answers the kernel's result, negative is -errno.
 */
#include "node-api.h"
#include "system-calls.h"

static napi_value raw_call(napi_env env, napi_callback_info info) {
  napi_value given[7];
  size_t count = 7;
  int64_t numbers[7] = {0};
  if (napi_get_cb_info(env, info, &count, given, 0, 0) != 0) return napi_number(env, -22);
  for (size_t index = 0; index < count && index < 7; index++) napi_get_value_int64(env, given[index], &numbers[index]);
  return napi_number(env, call6(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]));
}

int32_t node_api_module_get_api_version_v1(void) { return 8; }

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_export(env, exports, "rawCall", raw_call);
  return exports;
}
