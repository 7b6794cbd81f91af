// Each test starts a browser, and real processes beside it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
