/* ---- masked regression: every pixel from a window around it, which is 0 beyond the crop ---- */

static void change_row(const uint8_t *in, int32_t row, int16_t *change, uint16_t *largest)
{
    for (int32_t x = 0; x < PIXELFES_SIDE; x++) {
        int32_t place = row * PIXELFES_SIDE + x, most = 0;
        for (int32_t c = 0; c < 3; c++) {
            const int16_t *weight = WEIGHT + (place * MAPS + c % MAPS) * WINDOW * WINDOW;
            int32_t sum = 0, own = in[3 * place + c];
            for (int32_t i = 0; i < WINDOW; i++)
                for (int32_t j = 0; j < WINDOW; j++) {
                    int32_t v = row + i - WINDOW / 2, u = x + j - WINDOW / 2;
                    if (v >= 0 && v < PIXELFES_SIDE && u >= 0 && u < PIXELFES_SIDE)
                        sum += weight[i * WINDOW + j] * in[3 * (v * PIXELFES_SIDE + u) + c];
                }
            int32_t gain = GAIN[place * MAPS + c % MAPS];
            int32_t changed = down(sum, WEIGHT_BITS - 6) + BIAS[place * MAPS + c % MAPS] - 64 * own;
            int32_t bias = changed - down(gain * own, GAIN_BITS - 6), steep = down(255 * magnitude(gain), GAIN_BITS - 6);
            most = larger(most, larger(steep, magnitude(bias)));
            change[3 * x + c] = short_of(changed);
        }
        largest[x] = (uint16_t)held(most, 0, 65535);
    }
}
