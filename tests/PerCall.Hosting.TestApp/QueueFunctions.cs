using System.Globalization;
using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace PerCall.Hosting.TestApp;

public sealed class QueueFunctions(IConfiguration configuration)
{
    [Function("work")]
    public async Task Run(
        [QueueTrigger("%Prefix%-work")] Work work, string? tenant, int dequeueCount, FunctionContext context,
        CancellationToken cancellationToken)
    {
        var id = context.BindingContext.BindingData["Id"];
        Say.Line($"work {work.Task} {work.Behaviour} run {dequeueCount.ToString(CultureInfo.InvariantCulture)} tenant {tenant} id {id}");

        // "hang" hangs in the process that is told to, so that another can finish it.
        var hangs = work.Behaviour == "hang" && configuration["Hang"] == "true";
        try
        {
            if (work.Behaviour == "fail" || (work.Behaviour == "fail-once" && dequeueCount == 1))
            {
                throw new InvalidOperationException("deliberate");
            }

            await Task.Delay(hangs ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, TimeProvider.System, cancellationToken);
            if (work.Behaviour == "gated")
            {
                await Gate.WaitAsync(work.Task, cancellationToken);
            }

            if (work.Behaviour == "deaf" && configuration["Hang"] == "true")
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            Say.Line($"work {work.Task} cancelled");
            throw;
        }

        Say.Line($"work {work.Task} done");
    }

    [Function("text")]
    public static void Text([QueueTrigger("%Prefix%-text")] string text) => Say.Line($"text {text}");

    [Function("bytes")]
    public static void Bytes([QueueTrigger("%Prefix%-bytes")] byte[] bytes) => Say.Line($"bytes {Convert.ToHexString(bytes)}");

    [Function("message")]
    public static void Message([QueueTrigger("%Prefix%-message", Connection = "OtherStorage")] QueueMessage message) =>
        Say.Line($"message {message.Body} run {message.DequeueCount.ToString(CultureInfo.InvariantCulture)}");

    [Function("poisoned")]
    public static void Poisoned([QueueTrigger("%Prefix%-fails-poison")] string text)
    {
        Say.Line($"poisoned {text}");
        throw new InvalidOperationException("deliberate");
    }
}
