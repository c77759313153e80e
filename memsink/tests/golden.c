/*
 * The sink's ABI as a C compiler sees it: an oracle for golden.rs that shares nothing with the crate's own table of
 * offsets. Each version is a struct in C's own types, so the compiler places the fields, and the processor's C makes
 * the times.
 *
 *   golden layout                                 every field's place and size, every object's size
 *   golden header VERSION [NAME=VALUE...]         a header with these values, in hex
 *   golden mask VERSION                           ff where a header's bytes mean something, 00 where they are padding
 *   golden sink VERSION KIND FILE [NAME=VALUE...] a whole object, with standard input as the frame
 *   golden times                                  microseconds, one a line, as the long double of their seconds
 *
 * Times are given in microseconds; what is not given is 0.
 */
#include <float.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC UINT64_C(0xCAFEBABECAFEBABE)
#define INLINE_CAPACITY (32 << 20)

/* Each field as FIELD(place in the struct, name of its value). */
#define FIELDS_TOP(FIELD) FIELD(magic, magic) FIELD(version, version) FIELD(id, id) FIELD(used, used)
#define FIELDS_PICTURE(FIELD) \
    FIELD(width, width) FIELD(height, height) FIELD(format, format) FIELD(stride, stride) \
    FIELD(online, online) FIELD(key, key)
#define FIELDS_ENCODE(FIELD) FIELD(encode_begin, encode_begin) FIELD(encode_end, encode_end)

struct v2 {
    uint64_t magic;
    uint32_t version;
    uint64_t id;
    size_t used;
    uint32_t width, height, format, stride;
    bool online, key;
    long double grab_begin, encode_begin, encode_end;
    long double last_client;
    uint8_t data[INLINE_CAPACITY];
};
#define FIELDS_v2(FIELD) \
    FIELDS_TOP(FIELD) FIELDS_PICTURE(FIELD) FIELD(grab_begin, grab_begin) FIELDS_ENCODE(FIELD) \
    FIELD(last_client, last_client)

/* The data follow a lone bool, so they begin at an odd place, and the struct's end is padded instead. */
struct v4 {
    uint64_t magic;
    uint32_t version;
    uint64_t id;
    size_t used;
    uint32_t width, height, format, stride;
    bool online, key;
    uint32_t gop;
    long double grab_begin, encode_begin, encode_end;
    long double last_client;
    bool key_wanted;
    uint8_t data[INLINE_CAPACITY];
};
#define FIELDS_v4(FIELD) FIELDS_v2(FIELD) FIELD(gop, gop) FIELD(key_wanted, key_wanted)

struct v6 {
    uint64_t magic;
    uint32_t version;
    uint64_t id;
    size_t used;
    uint32_t width, height, format, stride;
    bool online, key;
    uint32_t gop;
    long double grab_begin, encode_begin, encode_end;
    long double last_client;
    bool key_wanted;
};
#define FIELDS_v6 FIELDS_v4

struct v7a {
    uint64_t magic;
    uint32_t version;
    uint64_t id;
    size_t used;
    long double last_client;
    bool key_wanted;
    uint32_t width, height, format, stride;
    bool online, key;
    uint32_t gop;
    long double grab_begin, encode_begin, encode_end;
};
#define FIELDS_v7a FIELDS_v4

/* Also the second layout with the number 7. */
struct v8 {
    uint64_t magic;
    uint32_t version;
    uint64_t id;
    size_t used;
    long double last_client;
    bool key_wanted;
    uint32_t width, height, format, stride;
    bool online, key;
    uint32_t gop;
    long double grab_begin, grab_end, encode_begin, encode_end;
};
#define FIELDS_v8(FIELD) FIELDS_v7a(FIELD) FIELD(grab_end, grab_end)


struct v10 {
    uint64_t magic;
    uint32_t version;
    uint64_t id;
    size_t used;
    long double last_client;
    struct {
        uint32_t width, height, format, fps;
        bool key;
    } wants;
    uint32_t width, height, format, stride;
    bool online, key;
    uint32_t gop;
    long double grab_begin, grab_end, encode_begin, encode_end;
};
#define FIELDS_v10(FIELD) \
    FIELDS_TOP(FIELD) FIELDS_PICTURE(FIELD) FIELD(gop, gop) \
    FIELD(grab_begin, grab_begin) FIELD(grab_end, grab_end) FIELDS_ENCODE(FIELD) FIELD(last_client, last_client) \
    FIELD(wants.width, wants_width) FIELD(wants.height, wants_height) FIELD(wants.format, wants_format) \
    FIELD(wants.fps, wants_fps) FIELD(wants.key, key_wanted)

struct values {
    uint64_t magic, version, id, used, width, height, format, stride, online, key, gop, key_wanted;
    uint64_t wants_width, wants_height, wants_format, wants_fps;
    uint64_t grab_begin, grab_end, encode_begin, encode_end, last_client;
};

static long double seconds(uint64_t us) { return (long double)us / 1000000.0L; }

/* An x87 long double has ten bytes and six of padding. */
#define MEANT(field) _Generic((field), long double: LDBL_MANT_DIG == 64 ? 10 : sizeof(field), default: sizeof(field))

#define PLACE(at, value) printf("%s %s %zu %zu\n", name, #value, offsetof(T, at), sizeof(((T *)0)->at));
#define FILL(at, value) made->at = _Generic(made->at, long double: seconds(given->value), default: given->value);
#define MASK(at, value) memset(&made->at, 0xff, MEANT(made->at));

#define FUNCTIONS(type) \
    static void places_##type(const char *name) { \
        typedef struct type T; \
        FIELDS_##type(PLACE) \
    } \
    static void fill_##type(void *header, const struct values *given) { \
        struct type *made = header; \
        FIELDS_##type(FILL) \
    } \
    static void mask_##type(void *header) { \
        struct type *made = header; \
        FIELDS_##type(MASK) \
    }
FUNCTIONS(v2)
FUNCTIONS(v4)
FUNCTIONS(v6)
FUNCTIONS(v7a)
FUNCTIONS(v8)
FUNCTIONS(v10)

static const char *const kinds[] = {"jpeg", "h264", "raw"};

struct version {
    const char *name;
    uint32_t number;
    /* Where the data begin; the object's size without them; how many they may be, by kind. */
    size_t data, rest, capacity[3];
    void (*places)(const char *);
    void (*fill)(void *, const struct values *);
    void (*mask)(void *);
};

#define CALLS(type) places_##type, fill_##type, mask_##type
/* With the data in the struct, and after it. */
#define INSIDE(type) offsetof(struct type, data), sizeof(struct type) - INLINE_CAPACITY, \
    {INLINE_CAPACITY, INLINE_CAPACITY, INLINE_CAPACITY}, CALLS(type)
#define AFTER(type, raw) sizeof(struct type), sizeof(struct type), {4 << 20, 2 << 20, raw}, CALLS(type)

static const struct version versions[] = {
    {"2", 2, INSIDE(v2)},
    {"4", 4, INSIDE(v4)},
    {"6", 6, AFTER(v6, 1920 * 1200 * 3)},
    {"7a", 7, AFTER(v7a, 1920 * 1200 * 3)},
    {"7b", 7, AFTER(v8, 1920 * 1200 * 3)},
    {"8", 8, AFTER(v8, 3840 * 2160 * 3)},
    {"10", 10, AFTER(v10, 3840 * 2160 * 3)},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void fail(const char *what, const char *which) {
    fprintf(stderr, "golden: %s: %s\n", what, which);
    exit(1);
}

static const struct version *find(const char *name) {
    for (size_t at = 0; at < COUNT(versions); at++) {
        if (strcmp(versions[at].name, name) == 0) {
            return &versions[at];
        }
    }
    fail("no such version", name);
    return NULL;
}

static void assign(struct values *values, const char *pair) {
#define ENTRY(at, value) {#value, offsetof(struct values, value)},
    static const struct { const char *name; size_t at; } names[] = {FIELDS_v8(ENTRY) FIELDS_v10(ENTRY)};
    const char *sign = strchr(pair, '=');
    for (size_t at = 0; sign && at < COUNT(names); at++) {
        if (strlen(names[at].name) == (size_t)(sign - pair) && strncmp(names[at].name, pair, (size_t)(sign - pair)) == 0) {
            *(uint64_t *)((char *)values + names[at].at) = strtoull(sign + 1, NULL, 0);
            return;
        }
    }
    fail("no such value", pair);
}

static void hex(const unsigned char *bytes, size_t size) {
    for (size_t at = 0; at < size; at++) {
        if (at % 16 == 0) {
            printf("%s%03zx:", at ? "\n" : "", at);
        }
        printf(" %02x", bytes[at]);
    }
    putchar('\n');
}

/* The largest struct, all of it zero. */
static union {
    unsigned char bytes[1];
    struct v4 largest;
} header;

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "layout") == 0) {
        for (size_t at = 0; at < COUNT(versions); at++) {
            const struct version *version = &versions[at];
            version->places(version->name);
            printf("%s data %zu\n", version->name, version->data);
            for (size_t kind = 0; kind < COUNT(kinds); kind++) {
                size_t capacity = version->capacity[kind];
                printf("%s %s %zu %zu\n", version->name, kinds[kind], capacity, version->rest + capacity);
            }
        }
        return 0;
    }
    if (strcmp(what, "times") == 0) {
        uint64_t us;
        while (scanf("%" SCNu64, &us) == 1) {
            /* The same moment by another way, which rounds twice. */
            long double routes[] = {seconds(us), (long double)(us / 1000000) + (us % 1000000) / 1000000.0L};
            for (int route = 0; route < 2; route++) {
                unsigned char bytes[sizeof(long double)] = {0};
                memcpy(bytes, &routes[route], MEANT(routes[route]));
                for (size_t at = 0; at < sizeof bytes; at++) {
                    printf("%02x", bytes[at]);
                }
                putchar(route ? '\n' : ' ');
            }
        }
        return 0;
    }
    if (argc < 3) {
        fail("usage", "layout | times | mask VERSION | header VERSION ... | sink VERSION KIND FILE ...");
    }
    const struct version *version = find(argv[2]);
    if (strcmp(what, "mask") == 0) {
        version->mask(&header);
        hex(header.bytes, version->data);
        return 0;
    }
    int given = strcmp(what, "sink") == 0 ? 5 : 3;
    struct values values = {.magic = MAGIC, .version = version->number};
    for (int at = given; at < argc; at++) {
        assign(&values, argv[at]);
    }
    if (given == 3) {
        version->fill(&header, &values);
        hex(header.bytes, version->data);
        return 0;
    }
    size_t kind = 0;
    while (kind < COUNT(kinds) && strcmp(kinds[kind], argv[3]) != 0) {
        kind++;
    }
    FILE *file = kind < COUNT(kinds) && argc > 4 ? fopen(argv[4], "wb") : NULL;
    if (!file) {
        fail("cannot make the sink", argv[3]);
    }
    /* The frame first: its size goes into the header. */
    static unsigned char frame[INLINE_CAPACITY];
    values.used = fread(frame, 1, version->capacity[kind], stdin);
    version->fill(&header, &values);
    if (fwrite(&header, version->data, 1, file) != 1 || fwrite(frame, 1, values.used, file) != values.used
        || fflush(file) != 0 || ftruncate(fileno(file), (off_t)(version->rest + version->capacity[kind])) != 0) {
        fail("cannot write the sink", argv[4]);
    }
    return 0;
}
