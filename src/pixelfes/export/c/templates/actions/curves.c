/* ---- functions of whole numbers ---- */

/* Numbers with 24 and with 15 fractional bits. */
#define Q24(x) ((int32_t)((x) * 16777216.0 + ((x) < 0 ? -0.5 : 0.5)))
#define Q15(x) ((int32_t)((x) * 32768.0 + ((x) < 0 ? -0.5 : 0.5)))
#define ONE 32768

/* A part of a whole, at least 0 and at most 1, 15 fractional bits. */
static int32_t ratio(int32_t part, int32_t whole)
{
    if (part <= 0 || part >= whole)
        return part <= 0 ? 0 : ONE;
    uint32_t share = (uint32_t)part, of = (uint32_t)whole;
    for (; of >= 1u << 25; of >>= 1)
        share >>= 1;
    return of >> 8 ? held((int32_t)((share << 7) / (of >> 8)), 0, ONE) : ONE;
}

/* 0 up to a start, 1 from an end on, and smooth between; from 24 fractional bits to 15. */
static int32_t ramp(int32_t value, int32_t start, int32_t end)
{
    return smooth(ratio(value - start, end - start));
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

/* The root of a number, rounded. */
static int32_t root(uint32_t value)
{
    uint32_t found = 0;
    for (uint32_t bit = 1u << 15; bit; bit >>= 1)
        if ((found + bit) * (found + bit) <= value)
            found += bit;
    return (int32_t)(found + (value - found * found > found));
}
