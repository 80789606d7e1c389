/* ---- what shows between the lips ---- */

/* The colour of the photo at a place, to 1/32 of a pixel, 1 for 255; beyond the photo its border goes on. */
static void colour_at(const pixelfes_work *work, const double place[2], double colour[3])
{
    int32_t whole[2], next[2];
    double share[2];
    for (int a = 0; a < 2; a++) {
        double most = (a ? work->height : work->width) - 1, value = place[a] < 0 ? 0 : place[a] > most ? most : place[a];
        value = nearest(value * 32) / 32.0;
        whole[a] = (int32_t)floor(value);
        share[a] = value - whole[a];
        next[a] = whole[a] + 1 > (int32_t)most ? (int32_t)most : whole[a] + 1;
    }
    for (int c = 0; c < 3; c++) {
        double above = pixel_at(work, whole[0], whole[1])[c] * (1 - share[0]) + pixel_at(work, next[0], whole[1])[c] * share[0];
        double under = pixel_at(work, whole[0], next[1])[c] * (1 - share[0]) + pixel_at(work, next[0], next[1])[c] * share[0];
        colour[c] = (above * (1 - share[1]) + under * share[1]) / 255;
    }
}

static double redness(const double colour[3])
{
    return log((colour[0] + COLOUR_FLOOR) / (colour[1] + COLOUR_FLOOR));
}

/* The median redness of places in the middle of the lips. */
static double lips_redness(const pixelfes_work *work, const float p[][3])
{
    double sorted[2 * LIP_PAIRS], colour[3];
    for (int i = 0; i < 2 * LIP_PAIRS; i++) {
        int n = i % LIP_PAIRS + 1, low = i >= LIP_PAIRS, j = i;
        const float *inner = p[low ? LOWER_INNER[n] : UPPER_INNER[n]], *outer = p[low ? LOWER_OUTER[n] : UPPER_OUTER[n]];
        double place[2] = {((double)inner[0] + outer[0]) / 2, ((double)inner[1] + outer[1]) / 2};
        colour_at(work, place, colour);
        double value = redness(colour);
        for (; j > 0 && sorted[j - 1] > value; j--)
            sorted[j] = sorted[j - 1];
        sorted[j] = value;
    }
    return (sorted[LIP_PAIRS - 1] + sorted[LIP_PAIRS]) / 2;
}

/* The share of the area between the inner lips that looks like teeth. */
static double teeth_share(const pixelfes_work *work, const float p[][3])
{
    double down[2], white[3], colour[3], area = 0, teeth = 0;
    for (int a = 0; a < 2; a++)
        down[a] = p[CHIN][a] - ((double)p[33][a] + p[263][a]) / 2;
    double length = sqrt(down[0] * down[0] + down[1] * down[1]);
    for (int c = 0; c < 3; c++)
        white[c] = work->white[c] / 16777216.0;
    double darkest = DARKEST_TEETH * TEETH_LUMINANCE * grey(white), reddest = lips_redness(work, p) - redness(white);
    reddest = redness(white) + REDDEST_TEETH * (reddest < LEAST_REDNESS ? LEAST_REDNESS : reddest);
    for (int i = 0; i < 2 * LIP_PAIRS + 3; i++) {
        double upper[2], lower[2], gap = 0;
        for (int a = 0; a < 2; a++) {
            upper[a] = ((double)p[UPPER_INNER[i / 2]][a] + p[UPPER_INNER[(i + 1) / 2]][a]) / 2;
            lower[a] = ((double)p[LOWER_INNER[i / 2]][a] + p[LOWER_INNER[(i + 1) / 2]][a]) / 2;
            gap += (lower[a] - upper[a]) * down[a] / (length < 1e-6 ? 1e-6 : length);
        }
        for (int row = 0; gap > 0 && row < MOUTH_SAMPLES; row++) {
            double share = (row + 0.5) / MOUTH_SAMPLES;
            double place[2] = {(1 - share) * upper[0] + share * lower[0], (1 - share) * upper[1] + share * lower[1]};
            colour_at(work, place, colour);
            area += gap;
            teeth += grey(colour) > darkest && redness(colour) < reddest ? gap : 0;
        }
    }
    return area > 0 ? teeth / area : 0;
}
