using PerCall.Testing;

namespace PerCall.Bench.LargeModels;

/// <summary>Numbers of kills.</summary>
internal sealed record Kills(int Instances, int Storages);

/// <summary>Instances of which one is killed (SIGKILL) again and again and started anew, and their storage.</summary>
/// <param name="azurite">The storage.</param>
/// <param name="start">Starts an instance.</param>
/// <param name="seed">Of the moments.</param>
internal sealed class KilledProcesses(AzuriteFixture azurite, Func<Task<ServiceProcess>> start, int seed) : IAsyncDisposable
{
    private readonly Random _random = new(seed);
    private ServiceProcess?[] _instances = [];

    public async Task StartAsync(int instances) =>
        _instances = await Task.WhenAll(Enumerable.Range(0, instances).Select(async Task<ServiceProcess?> (_) => await start()));

    /// <summary>Returns the address of a running instance for the call with this number.</summary>
    public async Task<Uri> AddressAsync(int call)
    {
        while (true)
        {
            for (var i = 0; i < _instances.Length; i++)
            {
                if (_instances[(call + i) % _instances.Length] is { } instance)
                {
                    return instance.Address;
                }
            }

            await Task.Delay(10);
        }
    }

    /// <summary>Kills at random moments, spread over the calls.</summary>
    /// <param name="kills">How often.</param>
    /// <param name="ended">Number of calls that have ended.</param>
    /// <param name="calls">Number of all calls.</param>
    /// <param name="calling">The calls.</param>
    /// <param name="cancellation">Ends the killing.</param>
    /// <returns>How often something was killed before the calls had ended.</returns>
    public async Task<Kills> KillAsync(Kills kills, Func<int> ended, int calls, Task calling, CancellationToken cancellation)
    {
        var (instances, storages) = (0, 0);
        var all = kills.Instances + kills.Storages;
        var moments = Enumerable.Range(0, all).Select(_ => _random.Next(calls)).Order().ToList();
        var ofStorage = Enumerable.Range(0, all).OrderBy(_ => _random.Next()).Take(kills.Storages).ToHashSet();
        for (var i = 0; i < all && !calling.IsCompleted; i++)
        {
            while (ended() < moments[i] && !calling.IsCompleted)
            {
                await Task.Delay(5, cancellation);
            }

            if (ofStorage.Contains(i))
            {
                await azurite.KillAsync();
                await azurite.StartAsync();
                storages++;
            }
            else
            {
                await KillOneAsync();
                instances++;
            }

            Console.WriteLine($"kill {i + 1} of {all}, after {ended()} calls");
        }

        return new(instances, storages);
    }

    /// <summary>Starts what is not running.</summary>
    public async Task RestoreAsync()
    {
        for (var i = 0; i < _instances.Length; i++)
        {
            _instances[i] ??= await start();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
        {
            await (instance?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private async Task KillOneAsync()
    {
        var victim = _random.Next(_instances.Length);
        var instance = _instances[victim]!;
        // Callers still have the address; their calls are cut off.
        await instance.KillAsync();
        _instances[victim] = null;
        await instance.DisposeAsync();
        _instances[victim] = await start();
    }
}
