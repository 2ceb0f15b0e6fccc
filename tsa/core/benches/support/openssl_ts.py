"""Times TS_RESP_verify_response of libcrypto in this process: microseconds per token.

    openssl_ts.py FOLDER...

Each folder holds root.pem, data and r.tsr.
One round does what a verification of our own does, from bytes to verdict: it reads the response and
the root, and checks imprint, signature and path.
The work of ctypes itself is measured by calls that do nothing, and printed beside.
"""

import ctypes
import ctypes.util
import os
import sys
import time

C = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
P, I, L = ctypes.c_void_p, ctypes.c_int, ctypes.c_long


def function(name, result, *arguments):
    found = getattr(C, name)
    found.restype, found.argtypes = result, arguments
    return found


bio_of = function("BIO_new_mem_buf", P, ctypes.c_char_p, I)
bio_free = function("BIO_free", I, P)
response_of = function("d2i_TS_RESP_bio", P, P, P)
response_free = function("TS_RESP_free", None, P)
certificate_of = function("d2i_X509_bio", P, P, P)
certificate_free = function("X509_free", None, P)
pem_certificate_of = function("PEM_read_bio_X509", P, P, P, P, P)
der_of = function("i2d_X509", I, P, P)
store_new = function("X509_STORE_new", P)
store_add = function("X509_STORE_add_cert", I, P, P)
context_new = function("TS_VERIFY_CTX_new", P)
context_free = function("TS_VERIFY_CTX_free", None, P)
context_flags = function("TS_VERIFY_CTX_set_flags", I, P, I)
context_store = function("TS_VERIFY_CTX_set_store", P, P, P)
context_data = function("TS_VERIFY_CTX_set_data", P, P, P)
verify_response = function("TS_RESP_verify_response", I, P, P)

# TS_VFY_SIGNATURE, TS_VFY_VERSION, TS_VFY_DATA, TS_VFY_SIGNER of <openssl/ts.h>.
FLAGS = 1 << 0 | 1 << 1 | 1 << 4 | 1 << 6


def read(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()


def root_der(pem):
    bio = bio_of(pem, len(pem))
    certificate = pem_certificate_of(bio, None, None, None)
    size = der_of(certificate, None)
    buffer = ctypes.create_string_buffer(size)
    place = ctypes.c_void_p(ctypes.addressof(buffer))
    der_of(certificate, ctypes.byref(place))
    certificate_free(certificate)
    bio_free(bio)
    return buffer.raw


def once(response, root, data):
    bio = bio_of(response, len(response))
    parsed = response_of(bio, None)
    bio_free(bio)
    bio = bio_of(root, len(root))
    certificate = certificate_of(bio, None)
    bio_free(bio)
    store = store_new()
    store_add(store, certificate)
    certificate_free(certificate)
    context = context_new()
    context_flags(context, FLAGS)
    context_store(context, store)
    context_data(context, bio_of(data, len(data)))
    verdict = verify_response(context, parsed)
    # The context owns store and data.
    context_free(context)
    response_free(parsed)
    return verdict


def nothing():
    for _ in range(20):
        bio_free(None)


def microseconds(work):
    """The best of several slices, so that a slow moment of the machine does not count."""
    best = float("inf")
    for _ in range(20):
        rounds, start = 0, time.perf_counter()
        while (now := time.perf_counter()) - start < 0.1:
            work()
            rounds += 1
        best = min(best, (now - start) / rounds)
    return best * 1e6


def main():
    print(f"{'20 calls that do nothing':28} {microseconds(nothing):8.1f} us")
    for folder in sys.argv[1:]:
        response, data = read(folder, "r.tsr"), read(folder, "data")
        root = root_der(read(folder, "root.pem"))
        assert once(response, root, data) == 1, "libcrypto refuses the token"
        assert once(response, root, b"other") != 1, "libcrypto accepts other data"
        cost = microseconds(lambda: once(response, root, data))
        name = folder.rstrip("/").rsplit("-", 1)[-1]
        print(f"{'libcrypto, ' + name:28} {cost:8.1f} us")


main()
