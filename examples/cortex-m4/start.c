/* What runs before main: vectors, memory, the floating-point unit. */
#include <stdint.h>

extern uint32_t data_start[], data_stop[], data_load[], bss_start[], bss_stop[], stack_top[];

int main(void);
void start(void);

typedef void (*handler)(void);

static void fault(void)
{
    for (;;)
        __asm volatile("bkpt 0xab" ::"r"(0) : "memory");
}

__attribute__((section(".vectors"), used)) static const handler vectors[16] = {
    (handler)stack_top, start, fault, fault, fault, fault, fault,
};

void start(void)
{
    *(volatile uint32_t *)0xe000ed88 |= 0xf << 20; /* CPACR: coprocessors 10 and 11 */
    __asm volatile("dsb\n isb");
    for (uint32_t *to = data_start, *from = data_load; to < data_stop;)
        *to++ = *from++;
    for (uint32_t *to = bss_start; to < bss_stop;)
        *to++ = 0;
    main();
    for (;;)
        ;
}
