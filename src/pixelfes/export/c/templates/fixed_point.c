/* ---- whole numbers with fractional bits ---- */

/* C leaves it open what becomes of negative numbers that are shifted right; nearly everywhere they are rounded down. */
#define SHIFTS_DOWN (-1 >> 1 == -1)

static int32_t down(int32_t value, int bits)
{
    return SHIFTS_DOWN || value >= 0 ? value >> bits : ~(~value >> bits);
}

static int32_t held(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* u u (3 - 2 u) of 15 fractional bits */
static int32_t smooth(int32_t u)
{
    uint32_t square = (uint32_t)u * (uint32_t)u >> 15;
    return (int32_t)(square * (98304u - 2u * (uint32_t)u) >> 15);
}
