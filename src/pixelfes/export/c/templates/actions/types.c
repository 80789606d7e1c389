/* ---- the tables of actions ---- */

/* What is stored of an action, which may have a mirror image; nothing of one that is left out. */
typedef struct {
    const uint8_t *moving;  /* which points move, a bit each */
    const uint16_t *steps;  /* where they go, x, y, z, IEEE halves */
    const int8_t *shading;  /* rows from `top` on: start, count, and so many steps of its logarithm */
    uint8_t top, bottom;
} stored_t;

/* A furrow of the person's left side; its mirror image belongs to the other action. */
typedef struct {
    uint8_t action[2];
    double depth;
    const int8_t *picture;
    uint8_t top, left, rows, columns;
} furrow_t;
