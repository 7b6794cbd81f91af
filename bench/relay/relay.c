/*
 * A bare tunnel: bytes between a TUN and a UDP socket, with every offload and nothing else. No NAT, no flows, no checks, no encryption, one
 * peer, IPv4 super-packets only. It is what a userspace tunnel with one IP packet a datagram can reach on a machine, and what UdpTun is
 * measured against.
 *
 *   relay DEVICE BIND:PORT [PEER:PORT]     without a peer it answers whoever sent last
 *
 * Out: a super-packet is read with its virtio header (linux/virtio_net.h), cut into segments whose headers lie in scratch memory, and sent
 * by one sendmsg that gathers them; the kernel makes datagrams of them (UDP_SEGMENT). Ordinary packets of equal length share a sendmsg, too.
 * In: datagrams come joined (UDP_GRO); segments of one flow that continue each other leave in one writev with a virtio header.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum {
    HEADER = sizeof(struct virtio_net_hdr),
    PACKET = 65536 + HEADER,
    MESSAGES = 16,         /* joined datagrams a recvmmsg takes */
    ROUND = 64,            /* packets read from the TUN before the socket has its turn */
    ROW_BYTES = 65507,     /* longest UDP payload */
    ROW_SEGMENTS = 128,    /* the kernel's limit for UDP_SEGMENT */
    TRANSPORT = 60 + 60,   /* longest IPv4 and TCP headers */
};

static int tun, udp;
static struct sockaddr_in peer;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* Sum of 16-bit words in memory order, not folded. */
static uint64_t sum(const uint8_t *bytes, size_t length, uint64_t start)
{
    uint64_t total = start;
    for (; length >= 4; bytes += 4, length -= 4) {
        uint32_t word;
        memcpy(&word, bytes, 4);
        total += word;
    }
    if (length) {
        uint32_t word = 0;
        memcpy(&word, bytes, length);
        total += word;
    }
    return total;
}

static uint16_t fold(uint64_t total)
{
    while (total >> 16) total = (total & 0xffff) + (total >> 16);
    return (uint16_t)total;
}

static uint64_t pseudo(const struct iphdr *ip, size_t length)
{
    return sum((const uint8_t *)&ip->saddr, 8, 0) + htons((uint16_t)(ip->protocol)) + htons((uint16_t)length);
}

static void finish_ip(struct iphdr *ip, size_t length)
{
    ip->tot_len = htons((uint16_t)length);
    ip->check = 0;
    ip->check = (uint16_t)~fold(sum((uint8_t *)ip, ip->ihl * 4u, 0));
}

/* ---- out: TUN to UDP ---- */

/* Datagrams of equal length (the last may be shorter) that wait for one sendmsg. */
static struct {
    struct iovec parts[2 * ROW_SEGMENTS];
    int count, segments;
    size_t size, bytes;
} row;

static void send_row(void)
{
    if (!row.segments) return;
    union {
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr aligned;
    } control;
    struct msghdr message = {.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = row.parts, .msg_iovlen = (size_t)row.count};
    if (row.segments > 1) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *option = CMSG_FIRSTHDR(&message);
        option->cmsg_level = SOL_UDP;
        option->cmsg_type = UDP_SEGMENT;
        option->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        uint16_t size = (uint16_t)row.size;
        memcpy(CMSG_DATA(option), &size, sizeof size);
    }
    while (peer.sin_port && sendmsg(udp, &message, 0) < 0) {
        if (errno != EAGAIN) break; /* refused or unreachable: lost, as on any wire */
        struct pollfd room = {.fd = udp, .events = POLLOUT};
        poll(&room, 1, -1);
    }
    row.count = row.segments = 0;
    row.bytes = 0;
}

/* One datagram in one or two parts. */
static void add_to_row(void *head, size_t head_length, void *rest, size_t rest_length)
{
    size_t length = head_length + rest_length;
    if (row.segments && (row.segments == ROW_SEGMENTS || length > row.size || row.bytes + length > ROW_BYTES)) send_row();
    if (!row.segments) row.size = length;
    row.parts[row.count++] = (struct iovec){head, head_length};
    if (rest_length) row.parts[row.count++] = (struct iovec){rest, rest_length};
    row.segments++;
    row.bytes += length;
    if (length < row.size) send_row();
}

static void finish_checksum(uint8_t *packet, size_t length, const struct virtio_net_hdr *virtio)
{
    if (!(virtio->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)) return;
    uint8_t *start = packet + virtio->csum_start;
    uint16_t check = (uint16_t)~fold(sum(start, length - virtio->csum_start, 0));
    memcpy(start + virtio->csum_offset, &check, 2);
}

static uint8_t headers[ROUND][ROW_SEGMENTS][TRANSPORT];

static void cut(int slot, uint8_t *packet, size_t length, const struct virtio_net_hdr *virtio)
{
    struct iphdr *whole = (struct iphdr *)packet;
    int is_tcp = virtio->gso_type == VIRTIO_NET_HDR_GSO_TCPV4;
    if (whole->version != 4) return;
    size_t ip_length = whole->ihl * 4u;
    size_t header = ip_length + (is_tcp ? ((struct tcphdr *)(packet + ip_length))->doff * 4u : 8u);
    size_t size = virtio->gso_size;
    send_row();
    for (size_t offset = header, i = 0; offset < length && i < ROW_SEGMENTS; offset += size, i++) {
        size_t payload = length - offset < size ? length - offset : size;
        int last = offset + payload == length;
        uint8_t *copy = headers[slot][i];
        memcpy(copy, packet, header);
        struct iphdr *ip = (struct iphdr *)copy;
        ip->id = htons((uint16_t)(ntohs(whole->id) + i));
        finish_ip(ip, header + payload);
        size_t transport = header - ip_length + payload;
        if (is_tcp) {
            struct tcphdr *tcp = (struct tcphdr *)(copy + ip_length);
            tcp->seq = htonl(ntohl(tcp->seq) + (uint32_t)(offset - header));
            if (!last) tcp->fin = tcp->psh = 0;
            if (i) tcp->res2 &= 1; /* CWR: on the first alone */
            tcp->check = 0;
            tcp->check = (uint16_t)~fold(sum(packet + offset, payload, sum(copy + ip_length, header - ip_length, pseudo(ip, transport))));
        } else {
            struct udphdr *datagram = (struct udphdr *)(copy + ip_length);
            datagram->len = htons((uint16_t)transport);
            datagram->check = 0;
            datagram->check = (uint16_t)~fold(sum(packet + offset, payload, sum(copy + ip_length, 8, pseudo(ip, transport))));
            if (!datagram->check) datagram->check = 0xffff;
        }
        add_to_row(copy, header, packet + offset, payload);
    }
}

static void from_tun(void)
{
    static uint8_t packets[ROUND][PACKET];
    for (int slot = 0; slot < ROUND; slot++) {
        ssize_t got = read(tun, packets[slot], PACKET);
        if (got <= HEADER) {
            if (got < 0 && errno != EAGAIN && errno != EINTR) die("read TUN");
            break;
        }
        struct virtio_net_hdr virtio;
        memcpy(&virtio, packets[slot], HEADER);
        uint8_t *packet = packets[slot] + HEADER;
        size_t length = (size_t)got - HEADER;
        if (virtio.gso_type != VIRTIO_NET_HDR_GSO_NONE) {
            cut(slot, packet, length, &virtio);
        } else {
            finish_checksum(packet, length, &virtio);
            add_to_row(packet, length, NULL, 0);
        }
    }
    send_row();
}

/* ---- in: UDP to TUN ---- */

/* Packets of one flow, each the continuation of the one before, that wait for one writev. */
static struct {
    struct virtio_net_hdr virtio;
    struct iovec parts[1 + ROW_SEGMENTS];
    int count;
    uint8_t *head;
    size_t header, size, bytes;
    uint32_t next;
    int closed;
} group;

static void write_group(void)
{
    if (group.count == 0) return;
    struct virtio_net_hdr *virtio = &group.virtio;
    memset(virtio, 0, sizeof *virtio);
    if (group.count > 2) {
        struct iphdr *ip = (struct iphdr *)group.head;
        size_t ip_length = ip->ihl * 4u, transport = group.bytes - ip_length;
        int is_tcp = ip->protocol == IPPROTO_TCP;
        finish_ip(ip, group.bytes);
        uint16_t *check = is_tcp ? &((struct tcphdr *)(group.head + ip_length))->check : &((struct udphdr *)(group.head + ip_length))->check;
        if (!is_tcp) ((struct udphdr *)(group.head + ip_length))->len = htons((uint16_t)transport);
        *check = fold(pseudo(ip, transport));
        virtio->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
        virtio->gso_type = is_tcp ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_UDP_L4;
        virtio->hdr_len = (uint16_t)group.header;
        virtio->gso_size = (uint16_t)group.size;
        virtio->csum_start = (uint16_t)ip_length;
        virtio->csum_offset = (uint16_t)((uint8_t *)check - group.head - ip_length);
    }
    group.parts[0] = (struct iovec){virtio, HEADER};
    if (writev(tun, group.parts, group.count) < 0 && errno == EBADFD) die("write TUN");
    group.count = 0;
}

/* Bytes of the headers of a packet that may be joined to others; 0 for all else. */
static size_t joinable(const uint8_t *packet, size_t length)
{
    const struct iphdr *ip = (const struct iphdr *)packet;
    if (length < 28 || ip->version != 4 || ip->ihl != 5 || (ip->frag_off & htons(0x3fff)) || ntohs(ip->tot_len) != length) return 0;
    if (ip->protocol == IPPROTO_UDP) return length > 28 && ((const struct udphdr *)(packet + 20))->check ? 28 : 0;
    if (ip->protocol != IPPROTO_TCP || length < 40) return 0;
    const struct tcphdr *tcp = (const struct tcphdr *)(packet + 20);
    size_t header = 20 + tcp->doff * 4u;
    return packet[33] & ~0x18 || !tcp->ack || length <= header ? 0 : header; /* ACK and PSH only */
}

static int continues(const uint8_t *packet, size_t length, size_t header)
{
    const uint8_t *head = group.head;
    size_t payload = length - header;
    if (!group.count || group.closed || !header || header != group.header || payload > group.size || group.count > ROW_SEGMENTS) return 0;
    if (group.bytes + payload > 65535 || packet[1] != head[1] || packet[8] != head[8] || packet[9] != head[9]) return 0;
    if (memcmp(packet + 12, head + 12, 12)) return 0; /* addresses and ports */
    if (packet[9] == IPPROTO_UDP) return 1;
    const struct tcphdr *tcp = (const struct tcphdr *)(packet + 20), *first = (const struct tcphdr *)(head + 20);
    return ntohl(tcp->seq) == group.next && tcp->ack_seq == first->ack_seq && tcp->window == first->window
        && !memcmp(packet + 40, head + 40, header - 40);
}

static void deliver(uint8_t *packet, size_t length)
{
    size_t header = joinable(packet, length);
    if (continues(packet, length, header)) {
        group.parts[group.count++] = (struct iovec){packet + header, length - header};
        group.bytes += length - header;
        if (packet[9] == IPPROTO_TCP) group.head[33] |= packet[33] & 0x08;
    } else {
        write_group();
        group.parts[1] = (struct iovec){packet, length};
        group.count = 2;
        group.head = packet;
        group.header = header;
        group.size = length - header;
        group.bytes = length;
        group.next = header > 28 ? ntohl(((struct tcphdr *)(packet + 20))->seq) : 0;
        group.closed = !header;
    }
    if (!header) return;
    group.next += (uint32_t)(length - header);
    if (length - header < group.size || (packet[9] == IPPROTO_TCP && packet[33] & 0x08)) group.closed = 1;
}

static void from_udp(void)
{
    static uint8_t payloads[MESSAGES][65536];
    static struct {
        char bytes[CMSG_SPACE(sizeof(int))];
    } controls[MESSAGES];
    struct mmsghdr messages[MESSAGES];
    struct iovec parts[MESSAGES];
    struct sockaddr_in senders[MESSAGES];
    for (int i = 0; i < MESSAGES; i++) {
        parts[i] = (struct iovec){payloads[i], sizeof payloads[i]};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &senders[i], .msg_namelen = sizeof senders[i], .msg_iov = &parts[i], .msg_iovlen = 1,
            .msg_control = controls[i].bytes, .msg_controllen = sizeof controls[i].bytes};
    }
    int got = recvmmsg(udp, messages, MESSAGES, MSG_DONTWAIT, NULL);
    for (int i = 0; i < got; i++) {
        size_t length = messages[i].msg_len, size = length;
        for (struct cmsghdr *option = CMSG_FIRSTHDR(&messages[i].msg_hdr); option; option = CMSG_NXTHDR(&messages[i].msg_hdr, option)) {
            int joined;
            if (option->cmsg_level != SOL_UDP || option->cmsg_type != UDP_GRO) continue;
            memcpy(&joined, CMSG_DATA(option), sizeof joined);
            size = (size_t)joined;
        }
        peer = senders[i];
        for (size_t offset = 0; offset < length; offset += size)
            deliver(payloads[i] + offset, length - offset < size ? length - offset : size);
    }
    write_group();
}

/* ---- start ---- */

static void open_tun(const char *name)
{
    tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (tun < 0) die("/dev/net/tun");
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (ioctl(tun, TUNSETIFF, &request) < 0) die("TUNSETIFF");
    unsigned offload = TUN_F_CSUM | TUN_F_TSO4;
    if (ioctl(tun, TUNSETOFFLOAD, offload | TUN_F_USO4 | TUN_F_USO6) < 0 && ioctl(tun, TUNSETOFFLOAD, offload) < 0) die("TUNSETOFFLOAD");
}

static struct sockaddr_in endpoint(char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char *colon = strchr(text, ':');
    if (!colon) die(text);
    *colon = 0;
    address.sin_port = htons((uint16_t)atoi(colon + 1));
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1) die(text);
    return address;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: relay DEVICE BIND:PORT [PEER:PORT]\n");
        return 2;
    }
    open_tun(argv[1]);
    struct sockaddr_in local = endpoint(argv[2]);
    if (argc > 3) peer = endpoint(argv[3]);
    udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int on = 1, buffer = 4 << 20;
    setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    setsockopt(udp, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
    if (setsockopt(udp, SOL_UDP, UDP_GRO, &on, sizeof on) < 0) die("UDP_GRO");
    if (bind(udp, (struct sockaddr *)&local, sizeof local) < 0) die("bind");
    puts("ready");
    fflush(stdout);
    struct pollfd ends[2] = {{.fd = tun, .events = POLLIN}, {.fd = udp, .events = POLLIN}};
    for (;;) {
        if (poll(ends, 2, -1) < 0 && errno != EINTR) die("poll");
        if (ends[0].revents & POLLERR) return 1;
        if (ends[0].revents & POLLIN) from_tun();
        if (ends[1].revents & POLLIN) from_udp();
    }
}
