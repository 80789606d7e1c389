/* ---- the pose of the head ---- */

static int64_t down64(int64_t value, int bits)
{
    return SHIFTS_DOWN || value >= 0 ? value >> bits : ~(~value >> bits);
}

/* A number of IEEE half precision below 64, exactly, with 24 fractional bits. */
static int32_t half(uint16_t bits)
{
    int32_t exponent = bits >> 10 & 31, mantissa = bits & 1023;
    int32_t value = exponent ? (mantissa | 1024) << (exponent - 1) : mantissa;
    return bits & 0x8000 ? -value : value;
}

static int64_t times(int64_t a, int64_t b)
{
    return down64(a * b, 24);
}

static int32_t to_fixed(double value)
{
    return (int32_t)floor((value < -120 ? -120 : value > 120 ? 120 : value) * 16777216.0 + 0.5);
}

static int32_t least_of(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t nearest(double value) /* halves to even */
{
    double below = floor(value), rest = value - below;
    return (int32_t)below + (rest > 0.5 || (rest == 0.5 && fmod(below, 2) != 0));
}

static double smoothstep(double value, double start, double end)
{
    double u = (value - start) / (end - start);
    u = u < 0 ? 0 : u > 1 ? 1 : u;
    return u * u * (3 - 2 * u);
}

static double eye_distance(const float p[][3])
{
    double total = 0;
    for (int axis = 0; axis < 3; axis++) {
        double right = ((double)p[33][axis] + p[133][axis]) / 2, left = ((double)p[362][axis] + p[263][axis]) / 2;
        total += (left - right) * (left - right);
    }
    return sqrt(total);
}

typedef struct {
    double scale, rotation[3][3], offset[3];
} pose_t;

/* The leading eigenvector of Horn's matrix, a unit quaternion q, as the projection q q^T: by squaring over and over. */
static void leading(double n[4][4])
{
    double norm = 0;
    for (int i = 0; i < 16; i++)
        norm += n[i / 4][i % 4] * n[i / 4][i % 4];
    norm = norm > 0 ? sqrt(norm) : 1;
    for (int i = 0; i < 16; i++)
        n[i / 4][i % 4] = n[i / 4][i % 4] / norm + (i / 4 == i % 4);
    for (int turn = 0; turn < 40; turn++) {
        double square[4][4], trace = 0;
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++) {
                square[i][j] = 0;
                for (int k = 0; k < 4; k++)
                    square[i][j] += n[i][k] * n[k][j];
            }
        for (int i = 0; i < 4; i++)
            trace += square[i][i];
        for (int i = 0; i < 16; i++)
            n[i / 4][i % 4] = square[i / 4][i % 4] / trace;
    }
}

/* The similarity that takes a mean face to this one, over the points that expressions hardly move. */
static pose_t pose_of(const float p[][3], const double spread[][3], const double origin[3], double size)
{
    pose_t pose;
    double centre[3] = {0, 0, 0}, m[3][3] = {{0}}, n[4][4];
    for (int i = 0; i < STABLE_COUNT; i++)
        for (int a = 0; a < 3; a++)
            centre[a] += p[STABLE[i]][a];
    for (int a = 0; a < 3; a++)
        centre[a] /= STABLE_COUNT;
    for (int i = 0; i < STABLE_COUNT; i++)
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                m[a][b] += (p[STABLE[i]][a] - centre[a]) * spread[i][b];
    n[0][0] = m[0][0] + m[1][1] + m[2][2];
    n[0][1] = n[1][0] = m[2][1] - m[1][2];
    n[0][2] = n[2][0] = m[0][2] - m[2][0];
    n[0][3] = n[3][0] = m[1][0] - m[0][1];
    n[1][1] = m[0][0] - m[1][1] - m[2][2];
    n[1][2] = n[2][1] = m[1][0] + m[0][1];
    n[1][3] = n[3][1] = m[0][2] + m[2][0];
    n[2][2] = m[1][1] - m[0][0] - m[2][2];
    n[2][3] = n[3][2] = m[2][1] + m[1][2];
    n[3][3] = m[2][2] - m[0][0] - m[1][1];
    leading(n);
    double scale = 0;
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        pose.rotation[i][i] = n[0][0] + n[i + 1][i + 1] - n[j + 1][j + 1] - n[k + 1][k + 1];
        pose.rotation[i][j] = 2 * (n[i + 1][j + 1] - n[0][k + 1]);
        pose.rotation[j][i] = 2 * (n[i + 1][j + 1] + n[0][k + 1]);
    }
    for (int i = 0; i < 9; i++)
        scale += pose.rotation[i / 3][i % 3] * m[i / 3][i % 3];
    pose.scale = scale / size;
    for (int a = 0; a < 3; a++) {
        pose.offset[a] = centre[a];
        for (int b = 0; b < 3; b++)
            pose.offset[a] -= pose.scale * pose.rotation[a][b] * origin[b];
    }
    return pose;
}
