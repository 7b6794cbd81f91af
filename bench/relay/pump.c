/*
 * Offers UDP packets as fast as one thread can, and counts what arrives.
 *
 *   pump send ADDRESS:PORT BYTES SECONDS     BYTES of payload; prints how many were sent
 *   pump count PORT SECONDS                  prints packets and the milliseconds between the first and the last, SECONDS after the first
 *
 * One sendmmsg carries 32 messages of one packet each: what programs send is not joined, so neither is this.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, LONGEST = 2048, PATIENCE_MS = 30000 };

static struct mmsghdr messages[BATCH];
static struct iovec parts[BATCH];
static char payloads[BATCH][LONGEST];

static int64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void prepare(size_t length)
{
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){payloads[i], length};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
}

static int send_for(struct sockaddr_in to, size_t length, int seconds)
{
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    if (connect(udp, (struct sockaddr *)&to, sizeof to) < 0) die("connect");
    prepare(length);
    int64_t sent = 0, end = now_ms() + seconds * 1000;
    while (now_ms() < end) {
        int done = sendmmsg(udp, messages, BATCH, 0);
        if (done > 0) sent += done;
        else if (errno != ENOBUFS && errno != ECONNREFUSED && errno != EAGAIN) die("sendmmsg");
    }
    printf("%lld\n", (long long)sent);
    return 0;
}

static int count_for(uint16_t port, int seconds)
{
    int udp = socket(AF_INET, SOCK_DGRAM, 0), buffer = 8 << 20;
    setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (bind(udp, (struct sockaddr *)&local, sizeof local) < 0) die("bind");
    prepare(LONGEST);
    puts("ready");
    fflush(stdout);
    int64_t packets = 0, first = 0, last = 0, end = now_ms() + PATIENCE_MS; /* for the first */
    struct pollfd readable = {.fd = udp, .events = POLLIN};
    for (int64_t now = now_ms(); now < end; now = now_ms()) {
        if (poll(&readable, 1, (int)(end - now)) <= 0) continue;
        int got = recvmmsg(udp, messages, BATCH, MSG_DONTWAIT, NULL);
        if (got <= 0) continue;
        last = now_ms();
        if (!packets) {
            first = last;
            end = first + seconds * 1000; /* however late the sender was */
        }
        packets += got;
    }
    printf("%lld %lld\n", (long long)packets, (long long)(last - first));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && !strcmp(argv[1], "send")) {
        struct sockaddr_in to = {.sin_family = AF_INET};
        char *colon = strchr(argv[2], ':');
        if (!colon) die(argv[2]);
        *colon = 0;
        to.sin_port = htons((uint16_t)atoi(colon + 1));
        if (inet_pton(AF_INET, argv[2], &to.sin_addr) != 1) die(argv[2]);
        size_t length = (size_t)atoi(argv[3]);
        return length <= LONGEST ? send_for(to, length, atoi(argv[4])) : 2;
    }
    if (argc == 4 && !strcmp(argv[1], "count")) return count_for((uint16_t)atoi(argv[2]), atoi(argv[3]));
    fprintf(stderr, "usage: pump send ADDRESS:PORT BYTES SECONDS | pump count PORT SECONDS\n");
    return 2;
}
