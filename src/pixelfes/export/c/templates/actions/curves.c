/* ---- functions of whole numbers ---- */

/* Numbers with 24 and with 15 fractional bits. */
#define Q24(x) ((int32_t)((x) * 16777216.0 + ((x) < 0 ? -0.5 : 0.5)))
#define Q15(x) ((int32_t)((x) * 32768.0 + ((x) < 0 ? -0.5 : 0.5)))
#define ONE 32768

/* 0 up to a start, 1 from an end on, and smooth between; from 24 fractional bits to 15. */
static int32_t ramp(int32_t value, int32_t start, int32_t end)
{
    if (value <= start || value >= end)
        return value <= start ? 0 : ONE;
    uint32_t part = (uint32_t)value - (uint32_t)start, whole = (uint32_t)end - (uint32_t)start;
    for (; whole >= 1u << 25; whole >>= 1)
        part >>= 1;
    return whole >> 8 ? smooth(held((int32_t)((part << 7) / (whole >> 8)), 0, ONE)) : ONE;
}

/* A product of two numbers of 15 fractional bits. */
static int32_t part_of(int32_t a, int32_t b)
{
    return down(a * b + 16384, 15);
}

static int32_t blend(int32_t a, int32_t b, int32_t share)
{
    return a + (int32_t)down64((int64_t)(b - a) * share + 16384, 15);
}

/* e^-x, 15 fractional bits, of a value over a depth; 1 for values below 0. */
static int32_t fading(int32_t value, int32_t depth)
{
    int64_t x = value <= 0 ? 0 : (int64_t)value * ((1 << 28) / depth) >> 8; /* 20 fractional bits */
    if (x >= (int64_t)(FADES_COUNT - 1) << 16)
        return 0;
    return blend(FADES[x >> 16], FADES[(x >> 16) + 1], (int32_t)(x & 65535) / 2);
}

/* e^-(x x), of a value over a width. */
static int32_t bell(int32_t value, int32_t width)
{
    int64_t x = (int64_t)(value < 0 ? -value : value) * ((1 << 28) / width) >> 12; /* 16 fractional bits */
    return x >= 4 << 16 ? 0 : fading((int32_t)(x * x >> 12), 1 << 20);
}

/* The root of a number. */
static int32_t root(uint32_t value)
{
    uint32_t found = 0;
    for (uint32_t bit = 1u << 15; bit; bit >>= 1)
        if ((found + bit) * (found + bit) <= value)
            found += bit;
    return (int32_t)found;
}
