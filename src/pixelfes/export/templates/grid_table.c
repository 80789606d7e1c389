/* ---- Pixel-KR: what every pixel becomes of each of the 256 levels, or what is added to it ---- */

static void change_row(const uint8_t *in, int32_t row, int16_t *change, uint16_t *largest)
{
    for (int32_t x = 0; x < PIXELFES_SIDE; x++) {
        int32_t place = row * PIXELFES_SIDE + x, most = 0;
        for (int32_t c = 0; c < 3; c++) {
            int32_t level = in[3 * place + c], found = TABLE[(place * MAPS + c % MAPS) * 256 + level];
            int32_t changed = TABLE_LOW + (int32_t)((int64_t)found * TABLE_STEP >> TABLE_STEP_BITS) - TABLE_OWN * level;
            most = larger(most, magnitude(changed));
            change[3 * x + c] = short_of(changed);
        }
        largest[x] = (uint16_t)held(most, 0, 65535);
    }
}
