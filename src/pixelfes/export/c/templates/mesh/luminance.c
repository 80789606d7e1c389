/* Luminance of a pixel in thousandths of a level. */
static int32_t luminance(const uint8_t *pixel)
{
    return 299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2];
}
