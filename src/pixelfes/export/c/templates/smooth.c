/* u u (3 - 2 u) of 15 fractional bits */
static int32_t smooth(int32_t u)
{
    uint32_t square = (uint32_t)u * (uint32_t)u >> 15;
    return (int32_t)(square * (98304u - 2u * (uint32_t)u) >> 15);
}
