static int32_t magnitude(int32_t value)
{
    return value < 0 ? -value : value;
}

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int16_t short_of(int32_t value)
{
    return (int16_t)held(value, -32767, 32767);
}
