// A test starts programs and waits for them most of the time: on 2 cores three at once take half as long as one after another, more take no less.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
