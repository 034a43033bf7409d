namespace PerCall.Functions.Storage.Work;

/// <summary>A kind of messages, and how its slice processes them. A message can come twice, and its processing can end anywhere.</summary>
/// <param name="Name">The kind, as in the message.</param>
/// <param name="HandleAsync">
/// Processes a message. False: this instance has no room for it now, and it is put back. An exception: it is delivered again, up to
/// <see cref="WorkDispatcher.MaxDeliveries"/> times.
/// </param>
public sealed record WorkKind(string Name, Func<WorkMessage, CancellationToken, Task<bool>> HandleAsync)
{
    /// <summary>The queue of this kind: <see cref="WorkQueue.Name"/> or <see cref="WorkQueue.Shards"/>.</summary>
    public string Queue { get; init; } = WorkQueue.Name;

    /// <summary>
    /// Whether a message can keep its slot on the instance for longer than a few storage operations. It then needs one of the places that
    /// this instance has for its kind (<see cref="WorkPlaces"/>).
    /// </summary>
    public bool TakesPlace { get; init; }

    /// <summary>The queues in which earlier versions had messages of this kind (<see cref="Work.OldQueues"/>).</summary>
    public IReadOnlyList<string> OldQueues { get; init; } = [];

    /// <summary>
    /// Processes a message that failed too often. Null: it stays in the poison queue, where operators see it.
    /// </summary>
    public Func<WorkMessage, CancellationToken, Task>? GiveUpAsync { get; init; }
}
