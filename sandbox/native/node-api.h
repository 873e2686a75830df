/*
 * The few declarations of Node-API that the addons use, by hand: the interface is stable by Node's promise across releases, and a
 * package of headers for nine functions is one more thing to trust. Source: https://nodejs.org/api/n-api.html, version 8.
 */
#ifndef AEGIS_NODE_API_H
#define AEGIS_NODE_API_H

#include <stddef.h>
#include <stdint.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef int napi_status; /* 0 is ok */
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);

napi_status napi_get_cb_info(napi_env, napi_callback_info, size_t *argc, napi_value *argv, napi_value *self, void **data);
napi_status napi_create_function(napi_env, const char *name, size_t length, napi_callback, void *data, napi_value *result);
napi_status napi_set_named_property(napi_env, napi_value object, const char *name, napi_value value);
napi_status napi_create_int64(napi_env, int64_t value, napi_value *result);
napi_status napi_get_value_int64(napi_env, napi_value value, int64_t *result);
/* `type` is the kind of typed array; `length` counts its elements. */
napi_status napi_get_typedarray_info(napi_env, napi_value, int *type, size_t *length, void **data, napi_value *buffer, size_t *offset);

enum { napi_uint8_array = 1 };

static inline napi_value napi_number(napi_env env, int64_t value) {
  napi_value result = 0;
  napi_create_int64(env, value, &result);
  return result;
}

static inline void napi_export(napi_env env, napi_value exports, const char *name, napi_callback operation) {
  napi_value function = 0;
  size_t length = 0;
  while (name[length] != 0) length++;
  if (napi_create_function(env, name, length, operation, 0, &function) == 0) napi_set_named_property(env, exports, name, function);
}

#endif
