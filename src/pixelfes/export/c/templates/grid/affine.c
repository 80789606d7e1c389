/* ---- Pixel-RR: every pixel times its own weight, plus its own bias ---- */

/* What is added to the pixels of a row at intensity 1, and the largest of weight and bias of each, in 64ths of a level. */
static void change_row(const uint8_t *in, int32_t row, int16_t *change, uint16_t *largest)
{
    for (int32_t x = 0; x < PIXELFES_SIDE; x++) {
        int32_t place = row * PIXELFES_SIDE + x, most = 0;
        for (int32_t c = 0; c < 3; c++) {
            int32_t weight = WEIGHT[place * MAPS + c % MAPS], bias = BIAS[place * MAPS + c % MAPS];
            int32_t steep = down(255 * magnitude(weight), WEIGHT_BITS - 6);
            most = larger(most, larger(steep, magnitude(bias)));
            change[3 * x + c] = short_of(down(weight * in[3 * place + c], WEIGHT_BITS - 6) + bias);
        }
        largest[x] = (uint16_t)held(most, 0, 65535);
    }
}
