/* Tongchou: the settlement kernel behind a C boundary. Described in ../README.md. */
#ifndef TONGCHOU_H
#define TONGCHOU_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TONGCHOU_ABI_VERSION 1

/* Statuses. */
#define TONGCHOU_ANSWERED 0   /* the answer is in out */
#define TONGCHOU_TOO_SMALL 1  /* *needed is the length; get the answer with tongchou_fetch */
#define TONGCHOU_REFUSED -1   /* the refusal is in out; nothing was done */
#define TONGCHOU_MISUSE -2    /* the call itself was wrong; nothing was done or written */
#define TONGCHOU_PANICKED -3  /* our mistake; the handle can only be dropped */

/* An engine; never 0. */
typedef uint32_t tongchou_handle;

uint32_t tongchou_abi_version(void);

tongchou_handle tongchou_new(void);
int32_t tongchou_drop(tongchou_handle handle);

uint8_t *tongchou_alloc(size_t len);
int32_t tongchou_free(uint8_t *ptr, size_t len);

int32_t tongchou_load_pack(tongchou_handle handle, const uint8_t *in, size_t in_len,
                           uint8_t *out, size_t cap, size_t *needed);
int32_t tongchou_call(tongchou_handle handle, const uint8_t *in, size_t in_len,
                      uint8_t *out, size_t cap, size_t *needed);
int32_t tongchou_fetch(tongchou_handle handle, uint8_t *out, size_t cap, size_t *needed);

#ifdef __cplusplus
}
#endif

#endif
