using Akka.Actor;
using Akka.Dispatch.MessageQueues;
using UdpTun.Actors.EventLoop;
using UdpTun.Testing.Memory;

namespace UdpTun.Actors.Tests.EventLoop;

public sealed class LeanMessageQueueTests
{
    private readonly LeanMessageQueue _queue = new();

    [Fact]
    public void Queue_should_behave_like_a_plain_one_when_messages_come_and_go()
    {
        var random = new Random(7);
        var plain = new Queue<object>();
        for (var step = 0; step < 100_000; step++)
        {
            if (random.Next(200) < (step / 1000 % 2 == 0 ? 110 : 90))
            {
                plain.Enqueue(step);
                Put(step);
            }
            else
            {
                Assert.Equal(plain.TryDequeue(out var expected), _queue.TryDequeue(out var envelope));
                Assert.Equal(expected, envelope.Message);
            }

            Assert.Equal((plain.Count, plain.Count > 0), (_queue.Count, _queue.HasMessages));
        }
    }

    [Fact]
    public async Task No_message_should_be_lost_and_each_sender_keeps_its_order_when_several_send()
    {
        const int Senders = 4;
        const int Each = 50_000;
        var sending = Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var number = 0; number < Each; number++) Put((sender, number));
        })).ToArray();

        var next = new int[Senders];
        for (var taken = 0; taken < Senders * Each;)
        {
            if (!_queue.TryDequeue(out var envelope)) continue;
            var (sender, number) = ((int, int))envelope.Message;
            Assert.Equal(next[sender]++, number);
            taken++;
        }

        await Task.WhenAll(sending);
        Assert.False(_queue.HasMessages);
    }

    [Fact]
    public void What_is_left_should_go_to_the_dead_letters()
    {
        Put("first");
        Put("second");
        var deadLetters = new UnboundedMessageQueue();
        _queue.CleanUp(ActorRefs.Nobody, deadLetters);

        Assert.False(_queue.HasMessages);
        Assert.Equal(2, deadLetters.Count);
    }

    [Fact]
    public void Queue_should_allocate_nothing_when_it_has_been_as_full_before()
    {
        object message = new();
        Assert.Equal(0, AllocationProbe.BytesOf(Cycles, warmUp: 1));

        void Cycles()
        {
            for (var i = 0; i < 100; i++) Cycle();
        }

        void Cycle()
        {
            for (var i = 0; i < 64; i++) Put(message);
            while (_queue.TryDequeue(out _))
            {
            }
        }
    }

    private void Put(object message) => _queue.Enqueue(ActorRefs.Nobody, new Envelope(message, ActorRefs.NoSender));
}
