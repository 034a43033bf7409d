using Microsoft.Extensions.Logging;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Upkeep;

/// <summary>Runs all chores concurrently. The failure of one does not affect the others.</summary>
public sealed partial class MinuteChores(IEnumerable<MinuteChore> chores, ILogger<MinuteChores> log)
{
    private readonly IReadOnlyList<MinuteChore> _chores = [.. chores];

    /// <exception cref="AggregateException">Some chores failed; the others are complete.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        List<Exception> failures = [];
        await Task.WhenAll(_chores.Select(async chore =>
        {
            try
            {
                await chore.RunAsync(cancellation);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                LogFailed(e, chore.Name);
                lock (failures)
                {
                    failures.Add(e);
                }
            }
        }));
        Measures.ChoreRound(failures.Count == 0);
        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The chore {Chore} failed; retrying in a minute")]
    private partial void LogFailed(Exception exception, string chore);
}
