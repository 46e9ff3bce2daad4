/*
 * reply_send: turns a reply into the library's response and queues it. Without memory the connection is
 * closed.
 */
#include "http/server_parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STREAM_BLOCK = 16 * 1024 };

static ssize_t stream_read(void *context, uint64_t at, char *out, size_t max)
{
    struct request *q = context;
    ssize_t got = q->reply.stream.read(q->reply.stream.state, at, out, max);

    if (got == -1) return MHD_CONTENT_READER_END_OF_STREAM;
    if (got < 0) return MHD_CONTENT_READER_END_WITH_ERROR;
    if (got > 0) connection_enter(q->link, CONNECTION_ANSWERING);
    return got;
}

static struct MHD_Response *response_make(struct request *q)
{
    struct reply *r = &q->reply;
    struct MHD_Response *out;
    size_t len = r->body.len;
    char *bytes;

    if (r->stream.read != NULL)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, stream_read, q, NULL);
    if (r->file >= 0) {
        out = MHD_create_response_from_fd64((uint64_t)r->file_bytes, r->file);
        if (out != NULL) r->file = -1;
        return out;
    }
    bytes = len == 0 ? NULL : buf_take(&r->body);
    out = MHD_create_response_from_buffer(bytes == NULL ? 0 : len, bytes,
                                          bytes == NULL ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
    if (out == NULL) free(bytes);
    return out;
}

static void headers_add(struct MHD_Response *response, const struct request *q)
{
    const struct reply *r = &q->reply;

    if (q->server->closing) (void)MHD_add_response_header(response, "Connection", "close");
    if (r->content_type != NULL) (void)MHD_add_response_header(response, "Content-Type", r->content_type);
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    (void)MHD_add_response_header(response, "Content-Security-Policy",
                                  "default-src 'none'; frame-ancestors 'none'");
    (void)MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    for (size_t i = 0; i < r->headers_count; i++)
        (void)MHD_add_response_header(response, r->headers[i].name, r->headers[i].value);
}

enum MHD_Result reply_send(struct request *q)
{
    struct MHD_Response *response = q->reply.ready;
    enum MHD_Result result;

    BUG_IF(q->reply.status == 0);
    q->phase = REQUEST_ANSWERED;
    connection_enter(q->link, CONNECTION_ANSWERING);
    if (response != NULL) return MHD_queue_response(q->connection, (unsigned)q->reply.status, response);
    response = response_make(q);
    if (response == NULL) return MHD_NO;
    headers_add(response, q);
    result = MHD_queue_response(q->connection, (unsigned)q->reply.status, response);
    MHD_destroy_response(response);
    return result;
}

void reply_free(struct request *q)
{
    if (q->reply.stream.close != NULL) q->reply.stream.close(q->reply.stream.state);
    if (q->reply.file >= 0) (void)close(q->reply.file);
    buf_free(&q->reply.body);
}
