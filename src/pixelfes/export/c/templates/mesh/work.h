/* All the memory there is; a caller provides it and need not look inside. It is valid from pixelfes_begin to the last line. */
typedef struct {
    const uint8_t *photo;
    int32_t width, height, next;
    int32_t left, top, right, bottom, factor, drawn_width, drawn_height, band, row_ready;
    int32_t skin[3], white[3]; /* light, 24 fractional bits */
    double here[PIXELFES_VERTICES][2], there[PIXELFES_VERTICES][2];
    int16_t corner[PIXELFES_VERTICES][2]; /* as drawn, 4 fractional bits */
    uint16_t order[PIXELFES_TRIANGLES];
    int32_t count;
    pixelfes_change own;
    int16_t labels[PIXELFES_BAND][PIXELFES_WIDEST];
    int32_t rows[3][PIXELFES_WIDEST][4]; /* source and grid coordinates, 18 fractional bits */
    int32_t outer[PIXELFES_WIDEST][4];
    union {
        pixelfes_map maps[PIXELFES_KEPT];
        struct {
            double depth[PIXELFES_POINTS];
            union {
                uint32_t histogram[1024];
                pixelfes_scratch own;
                double nearness[PIXELFES_TRIANGLES];
            } of;
        } begun;
    } scratch;
} pixelfes_work;
