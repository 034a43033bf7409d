using Microsoft.Extensions.Logging;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Upkeep;

/// <summary>The end of a round of chores.</summary>
/// <param name="Next">When open work needs the next round; null: nothing is open.</param>
/// <param name="Failures">The chores' exceptions.</param>
public sealed record ChoresRun(DateTimeOffset? Next, IReadOnlyList<Exception> Failures);

/// <summary>Runs all chores that are due, concurrently. The failure of one does not affect the others.</summary>
public sealed partial class Chores(IEnumerable<Chore> chores, UpkeepTable table, TimeProvider time, ILogger<Chores> log)
{
    private readonly IReadOnlyList<Chore> _chores = [.. chores];

    public async Task<ChoresRun> RunAsync(CancellationToken cancellation)
    {
        var hour = UpkeepTable.HourOf(time.GetUtcNow());
        var done = await table.HoursAsync(cancellation);
        List<Exception> failures = [];
        var ends = await Task.WhenAll(_chores
            .Where(c => c.Period == ChorePeriod.Round || done.GetValueOrDefault(c.Name) != hour)
            .Select(async chore =>
            {
                try
                {
                    var next = await chore.RunAsync(cancellation);
                    if (chore.Period == ChorePeriod.Hour)
                    {
                        // Only after its end, so that an interrupted chore runs again with the next round.
                        await table.SaveHourAsync(chore.Name, hour, cancellation);
                    }

                    return next;
                }
                catch (Exception e) when (!cancellation.IsCancellationRequested)
                {
                    LogFailed(e, chore.Name);
                    lock (failures)
                    {
                        failures.Add(e);
                    }

                    return null;
                }
            }));
        Measures.ChoreRound(failures.Count == 0);
        return new(ends.Min(), failures);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The chore {Chore} failed; retrying in the next round")]
    private partial void LogFailed(Exception exception, string chore);
}
