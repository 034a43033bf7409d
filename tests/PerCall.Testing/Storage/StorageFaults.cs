using System.Collections.Immutable;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace PerCall.Testing.Storage;

/// <summary>
/// The way of one instance to storage, as a test wants it: counts requests, breaks some of them, holds some, and kills the instance at one
/// of its writes. Add it to the client's options with <see cref="StorageFaultsOptions.Through"/>.
/// </summary>
public sealed class StorageFaults : HttpPipelinePolicy
{
    private readonly TaskCompletionSource _death = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableList<HeldRequest> _held = [];
    private int _requests;
    private int _writes;
    private int _lastWrite = int.MaxValue;
    private bool _lastWriteIsSent;

    /// <summary>Requests so far, reads and writes.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Writes so far: requests that are neither GET nor HEAD.</summary>
    public int Writes => Volatile.Read(ref _writes);

    /// <summary>What happens to each request.</summary>
    public Func<StorageRequest, Fault> Decide { get; set; } = _ => Fault.None;

    /// <summary>Done when the instance is dead, see <see cref="DieAt"/>.</summary>
    public Task Death => _death.Task;

    /// <summary>The same happens to every write.</summary>
    public static StorageFaults OfEveryWrite(Fault fault) => new() { Decide = r => r.IsWrite ? fault : Fault.None };

    /// <summary>Kills the instance at this write: neither the write nor any later request gets an answer, as when a process ends.</summary>
    /// <param name="write">The number of the write, from 1.</param>
    /// <param name="isSent">Whether storage still does that write.</param>
    public void DieAt(int write, bool isSent) => (_lastWrite, _lastWriteIsSent) = (write, isSent);

    /// <summary>Does something as the instance, until it is done or the instance is dead.</summary>
    /// <returns>Whether the instance died.</returns>
    public async Task<bool> KillsAsync(Func<Task> act)
    {
        var running = Task.Run(act);
        if (await Task.WhenAny(running, Death) == Death || Death.IsCompleted)
        {
            return true;
        }

        await running;
        return false;
    }

    /// <summary>Has requests wait before they are sent, until the result is released or disposed.</summary>
    /// <param name="which">Which requests.</param>
    public HeldRequest Hold(Func<StorageRequest, bool> which)
    {
        var held = new HeldRequest(which);
        ImmutableInterlocked.Update(ref _held, all => all.Add(held));
        return held;
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Interlocked.Increment(ref _requests);
        var isRead = message.Request.Method == RequestMethod.Get || message.Request.Method == RequestMethod.Head;
        var write = isRead ? 0 : Interlocked.Increment(ref _writes);
        var request = new StorageRequest(write, message.Request.Method, message.Request.Uri.ToUri());
        if (Writes >= _lastWrite)
        {
            await DieAsync(message, pipeline, isLastWrite: request.Write == _lastWrite);
        }

        foreach (var held in _held)
        {
            await held.PassAsync(request, message.CancellationToken);
        }

        var fault = Decide(request);
        if (fault == Fault.BeforeSending)
        {
            throw new IOException("The connection broke before the request was sent.");
        }

        await ProcessNextAsync(message, pipeline);
        switch (fault)
        {
            case Fault.AfterSending:
                throw new IOException("The connection broke before the answer came.");
            case Fault.AnswerLost:
                throw new RequestFailedException("The connection was closed before the answer came.");
        }
    }

    private async Task DieAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline, bool isLastWrite)
    {
        if (isLastWrite)
        {
            if (_lastWriteIsSent)
            {
                await ProcessNextAsync(message, pipeline);
            }

            _death.TrySetResult();
        }

        // For ever: nothing goes on in a process that has ended.
        await new TaskCompletionSource().Task;
    }
}
