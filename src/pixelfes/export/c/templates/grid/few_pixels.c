/* ---- OMP and LSRF: every pixel from a few others ---- */

static void change_row(const uint8_t *in, int32_t row, int16_t *change, uint16_t *largest)
{
    for (int32_t x = 0; x < PIXELFES_SIDE; x++) {
        int32_t place = row * PIXELFES_SIDE + x, most = 0;
        for (int32_t c = 0; c < 3; c++) {
            const int16_t *weight = WEIGHT + (place * MAPS + c % MAPS) * FIELD;
            int32_t sum = 0;
            for (int32_t f = 0; f < FIELD; f++)
                sum += weight[f] * in[3 * INDEX[place * FIELD + f] + c];
            int32_t changed = down(sum, WEIGHT_BITS - 6) + BIAS[place * MAPS + c % MAPS] - 64 * in[3 * place + c];
            most = larger(most, magnitude(changed));
            change[3 * x + c] = short_of(changed);
        }
        largest[x] = (uint16_t)held(most, 0, 65535);
    }
}
