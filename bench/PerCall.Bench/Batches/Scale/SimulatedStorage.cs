namespace PerCall.Bench.Batches.Scale;

/// <summary>
/// Storage as far as its limits go: each operation waits for its turn at everything that limits it, and then takes its time.
/// </summary>
/// <param name="latency">Seconds of an operation that waits for nothing.</param>
internal sealed class SimulatedStorage(double latency)
{
    private readonly double[] _free = new double[StorageLimit.All.Count];
    private readonly Dictionary<long, int>[] _seconds = [.. StorageLimit.All.Select(_ => new Dictionary<long, int>())];

    public long[] Counts { get; } = new long[Enum.GetValues<StorageOperation>().Length];

    /// <summary>Seconds that operations have waited for their turns.</summary>
    public double[] Waited { get; } = new double[StorageLimit.All.Count];

    /// <returns>When the operation is done that is begun now.</returns>
    public double Do(StorageOperation operation, double now, int times = 1)
    {
        Counts[(int)operation] += times;
        var turn = now;
        foreach (var (i, limit) in StorageLimit.All.Index().Where(l => l.Item.Operations.Contains(operation)))
        {
            var begins = Math.Max(now, _free[i]);
            Waited[i] += begins - now;
            _free[i] = begins + (times / limit.PerSecond);
            turn = Math.Max(turn, _free[i] - (1 / limit.PerSecond));
            _seconds[i][(long)begins] = _seconds[i].GetValueOrDefault((long)begins) + times;
        }

        return turn + latency;
    }

    /// <summary>Operations in the busiest second.</summary>
    public int Busiest(int limit) => _seconds[limit].Count == 0 ? 0 : _seconds[limit].Values.Max();
}
