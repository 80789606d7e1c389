/* ---- Pixel-KR: what every pixel becomes of each of the 256 levels, in steps of its own ---- */

static void change_row(const uint8_t *in, int32_t row, int16_t *change, uint16_t *largest)
{
    for (int32_t x = 0; x < PIXELFES_SIDE; x++) {
        int32_t place = row * PIXELFES_SIDE + x, most = 0;
        for (int32_t c = 0; c < 3; c++) {
            int32_t map = place * MAPS + c % MAPS, level = in[3 * place + c];
            int64_t above = (int64_t)TABLE[map * 256 + level] * STEP[map];
            int32_t changed = LOW[map] + (int32_t)(above >> STEP_BITS) - 64 * level;
            most = larger(most, magnitude(changed));
            change[3 * x + c] = short_of(changed);
        }
        largest[x] = (uint16_t)held(most, 0, 65535);
    }
}
