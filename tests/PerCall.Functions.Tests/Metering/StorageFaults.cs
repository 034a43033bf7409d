using Azure.Core;
using Azure.Core.Pipeline;

namespace PerCall.Functions.Tests.Metering;

/// <summary>What happens to a write on its way to storage.</summary>
public enum Fault
{
    None,

    /// <summary>The connection breaks before anything is sent.</summary>
    BeforeSending,

    /// <summary>Storage does it, and its answer is lost.</summary>
    AfterSending,
}

/// <summary>Breaks connections where the test says so; counts what is written.</summary>
internal sealed class StorageFaults : HttpPipelinePolicy
{
    private int _writes;
    private int _requests;

    public int Writes => _writes;

    /// <summary>Writes, and reads too.</summary>
    public int Requests => _requests;

    /// <summary>Given the number of the write, from 1.</summary>
    public Func<int, Fault> Decide { get; set; } = _ => Fault.None;

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Interlocked.Increment(ref _requests);
        var fault = message.Request.Method == RequestMethod.Get || message.Request.Method == RequestMethod.Head ? Fault.None : Decide(Interlocked.Increment(ref _writes));
        if (fault == Fault.BeforeSending)
        {
            throw new IOException("The connection broke before the request was sent.");
        }

        await ProcessNextAsync(message, pipeline);
        if (fault == Fault.AfterSending)
        {
            throw new IOException("The connection broke before the answer came.");
        }
    }
}
