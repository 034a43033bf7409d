namespace PerCall.Testing.Storage;

/// <summary>Requests that wait on their way to storage until the test releases them.</summary>
public sealed class HeldRequest : IDisposable
{
    private readonly Func<StorageRequest, bool> _which;
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal HeldRequest(Func<StorageRequest, bool> which) => _which = which;

    /// <summary>Done when the first of them waits.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Lets those that wait go on, and all that come later pass.</summary>
    public void Release() => _released.TrySetResult();

    public void Dispose() => Release();

    internal async Task PassAsync(StorageRequest request, CancellationToken cancellationToken)
    {
        if (!_released.Task.IsCompleted && _which(request))
        {
            _reached.TrySetResult();
            await _released.Task.WaitAsync(cancellationToken);
        }
    }
}
