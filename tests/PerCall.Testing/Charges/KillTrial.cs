using System.Collections.Concurrent;
using System.Globalization;

namespace PerCall.Testing.Charges;

/// <summary>What came of a <see cref="KillTrial"/>.</summary>
/// <param name="Answers">Those that arrived whole.</param>
/// <param name="Unknown">Calls whose connection broke: answered or not, nobody knows.</param>
/// <param name="Refused">Calls that were told 5xx.</param>
public sealed record KillTrialResult(IReadOnlyList<ReceivedAnswer> Answers, int Unknown, int Refused);

/// <summary>
/// Instances under load, one of which is killed (SIGKILL) again and again at random moments and started anew. What arrived at the callers
/// is kept, to be held against the journal.
/// </summary>
/// <param name="start">Starts an instance.</param>
/// <param name="key">The callers' key.</param>
/// <param name="image">What they have classified.</param>
/// <param name="seed">Of the moments.</param>
public sealed class KillTrial(Func<Task<ServiceProcess>> start, string key, byte[] image, int seed)
{
    private const string Model = "digits";
    private const int Callers = 12;

    // Answers between a start and the next kill.
    private static readonly (int Least, int Most) Load = (20, 200);

    private readonly ConcurrentQueue<ReceivedAnswer> _answers = new();
    private ServiceProcess?[] _instances = [];
    private int _unknown;
    private int _refused;

    /// <param name="instances">Running at once.</param>
    /// <param name="kills">In all.</param>
    /// <param name="killed">Told the number of each kill.</param>
    /// <param name="cancellation">Ends the trial.</param>
    public async Task<KillTrialResult> RunAsync(int instances, int kills, Action<int> killed, CancellationToken cancellation)
    {
        _instances = await Task.WhenAll(Enumerable.Range(0, instances).Select(async Task<ServiceProcess?> (_) => await start()));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var callers = Enumerable.Range(0, Callers).Select(i => CallAsync(i, over.Token)).ToList();
        try
        {
            var random = new Random(seed);
            for (var i = 0; i < kills; i++)
            {
                await AnsweredAsync(random.Next(Load.Least, Load.Most));
                var victim = random.Next(instances);
                await _instances[victim]!.KillAsync();
                await _instances[victim]!.DisposeAsync();
                _instances[victim] = null;
                killed(i + 1);
                _instances[victim] = await start();
            }

            await AnsweredAsync(Load.Most);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(callers);
            foreach (var instance in _instances)
            {
                await (instance?.DisposeAsync() ?? ValueTask.CompletedTask);
            }
        }

        return new([.. _answers], _unknown, _refused);
    }

    /// <summary>Waits until so many more answers have arrived.</summary>
    private Task<int> AnsweredAsync(int more)
    {
        var wanted = _answers.Count + more;
        return Eventually.ComesToAsync(
            () => Task.FromResult(_answers.Count), count => count >= wanted, $"{wanted} answers", [.. _instances.OfType<ServiceProcess>()]);
    }

    private async Task CallAsync(int caller, CancellationToken over)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Add("x-api-key", key);
        for (var call = caller; !over.IsCancellationRequested; call++)
        {
            if (_instances[call % _instances.Length] is not { } instance)
            {
                await Task.Delay(10, CancellationToken.None);
                continue;
            }

            try
            {
                // A call under way is let come to its end: an answer that has arrived must not be thrown away.
                var (status, answer) = await ReceivedAnswer.CallAsync(http, instance.Address, Model, image);
                if (answer is not null)
                {
                    _answers.Enqueue(answer);
                }
                else if (status >= 500)
                {
                    Interlocked.Increment(ref _refused);
                }
                else
                {
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"A call was answered with {status}."));
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                Interlocked.Increment(ref _unknown);
            }
        }
    }
}
