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
