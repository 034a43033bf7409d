using System.Text.Json.Serialization;

namespace PerCall.Functions.Storage.Work;

/// <summary>The body of a message that names a row. The row itself holds the work to do.</summary>
/// <param name="Account">The row's account.</param>
/// <param name="Item">The row's id.</param>
public sealed record RowName(string Account, string Item);

/// <summary>Sends messages that name rows.</summary>
/// <param name="queue">The queue.</param>
/// <param name="kind">The kind of the messages.</param>
/// <param name="grace">How long a message may wait to be received before a sweep checks its row.</param>
public abstract class RowMessages(WorkQueue queue, string kind, TimeSpan grace)
{
    /// <summary>How long a message may wait to be received before a sweep checks its row.</summary>
    public TimeSpan Grace => grace;

    /// <summary>Sends the message of a row that has its turn.</summary>
    public Task SendAsync(ITrackedRow row, CancellationToken cancellation) =>
        SendAsync(row.PartitionKey, row.Id, TimeSpan.Zero, cancellation);

    /// <param name="account">The row's account.</param>
    /// <param name="item">The row's id.</param>
    /// <param name="delay">Time until the message can be received: at most 7 days, rounded up to whole seconds.</param>
    /// <param name="cancellation">Cancels the request.</param>
    public Task SendAsync(string account, string item, TimeSpan delay, CancellationToken cancellation) =>
        queue.SendAsync(kind, new(account, item), RowJson.Default.RowName, delay, cancellation);

    /// <summary>Returns which row a message names.</summary>
    public static RowName Parse(WorkMessage message) => message.Read(RowJson.Default.RowName);
}

[JsonSerializable(typeof(RowName))]
public sealed partial class RowJson : JsonSerializerContext;
