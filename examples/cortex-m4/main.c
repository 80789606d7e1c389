/* Changes one face on a Cortex-M4: reads photo.bin and writes out.bin through semihosting, and prints what it cost.
 *
 * photo.bin holds width, height and intensity (256 for 1), each 32 bits, the pixels, for a mesh 468 landmarks, and for facial
 * actions the size of each, as a float.
 */
#include <string.h>

#include "pixelfes.h"

#define MOST_PIXELS (512 * 512)
#define WATCHED 32768

static uint8_t in[3 * MOST_PIXELS], out[3 * MOST_PIXELS];
static int32_t asked[3];
#ifdef PIXELFES_POINTS
static float landmarks[PIXELFES_POINTS][3];
static pixelfes_work work;
#endif
#ifdef PIXELFES_STORED
static float sizes[PIXELFES_ACTIONS];
#define WANTED sizes
#else
#define WANTED asked[2]
#endif

static int call(int operation, const void *argument)
{
    register int r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void leave(int status)
{
    const int reason[2] = {0x20026, status};
    call(0x20, reason);
}

static void say(const char *name, uint32_t value)
{
    char text[64];
    size_t length = strlen(name), place = sizeof text - 1;
    text[place] = 0;
    text[--place] = '\n';
    do
        text[--place] = (char)('0' + value % 10);
    while (value /= 10);
    text[--place] = ' ';
    memcpy(text + place - length, name, length);
    call(0x04, text + place - length);
}

static int opened(const char *name, int writing)
{
    const void *job[3] = {name, (void *)(writing ? 5 : 1), (void *)strlen(name)};
    int handle = call(0x01, job);
    if (handle < 0)
        leave(2);
    return handle;
}

static void transfer(int handle, int operation, void *data, size_t size)
{
    const void *job[3] = {(void *)handle, data, (void *)size};
    if (call(operation, job) != 0) /* how many bytes are left */
        leave(2);
}

/* SysTick counts the 25 MHz of the board; emulated with one nanosecond an instruction, that is 40 instructions. */
static uint32_t ticks(void)
{
    return 0xffffff - *(volatile uint32_t *)0xe000e018;
}

static uint8_t *stack_now(void)
{
    uint8_t *now;
    __asm volatile("mov %0, sp" : "=r"(now));
    return now;
}

static int run(uint32_t *prepared)
{
#ifdef PIXELFES_POINTS
    int result = pixelfes_begin(&work, in, asked[0], asked[1], (const float(*)[3])landmarks, WANTED);
    *prepared = ticks();
    for (int y = 0; result == PIXELFES_OK && y < asked[1]; y++)
        pixelfes_line(&work, out + 3 * y * asked[0]);
    return result;
#else
    *prepared = ticks();
    pixelfes_apply(in, out, WANTED);
    return 0;
#endif
}

int main(void)
{
    int file = opened("photo.bin", 0);
    transfer(file, 0x06, asked, sizeof asked);
    size_t size = 3 * (size_t)asked[0] * (size_t)asked[1];
    if (size > sizeof in)
        leave(3);
    transfer(file, 0x06, in, size);
#ifdef PIXELFES_POINTS
    transfer(file, 0x06, landmarks, sizeof landmarks);
    say("workspace", sizeof work);
#endif
#ifdef PIXELFES_STORED
    transfer(file, 0x06, sizes, sizeof sizes);
#endif
    uint8_t *top = stack_now() - 64, *bottom = top - WATCHED;
    memset(bottom, 0xa5, WATCHED);
    *(volatile uint32_t *)0xe000e014 = 0xffffff;
    *(volatile uint32_t *)0xe000e018 = 0;
    *(volatile uint32_t *)0xe000e010 = 5;
    uint32_t begun = ticks(), prepared = 0;
    int result = run(&prepared);
    uint32_t done = ticks();
    while (bottom < top && *bottom == 0xa5)
        bottom++;
    say("stack", (uint32_t)(top - bottom));
    say("preparing", 40 * ((prepared - begun) & 0xffffff));
    say("pixels", 40 * ((done - prepared) & 0xffffff));
    transfer(opened("out.bin", 1), 0x05, out, size);
    leave(result == 0 ? 0 : 1);
    return 0;
}
