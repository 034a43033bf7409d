using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;

namespace PerCall.Hosting.Queues;

/// <summary>Creates the listeners of queue functions and of the host's own queues.</summary>
internal sealed class QueueListeners(IServiceProvider services, StorageConnections connections, ScopedInvoker invoker, HostJson hostJson)
{
    private const string PoisonSuffix = "-poison";

    public QueueListener Create(QueueFunction function)
    {
        var account = connections.Queues(function.Connection);
        var queue = account.GetQueueClient(function.QueueName);
        return Create(new QueueWork
        {
            Queue = queue,
            Polled = connections.QueuesWithoutRetries(function.Connection).GetQueueClient(function.QueueName),
            Poison = Poison(account, function.QueueName),
            Base64 = hostJson.Queues.Base64,
            ExecuteAsync = (received, lost) => ExecuteAsync(function, received, lost),
        });
    }

    public QueueListener Create(QueueWork work) => ActivatorUtilities.CreateInstance<QueueListener>(services, work);

    private static QueueClient? Poison(QueueServiceClient account, string queueName) =>
        queueName.EndsWith(PoisonSuffix, StringComparison.Ordinal) ? null : account.GetQueueClient(queueName + PoisonSuffix);

    private Task ExecuteAsync(QueueFunction queue, ReceivedMessage received, CancellationToken lost)
    {
        var type = queue.Function.TriggerParameter.ParameterType;
        return invoker.InvokeAsync(
            queue.Function,
            QueueBinding.Data(received),
            _ => ValueTask.FromResult(QueueBinding.Convert(received, type)),
            lost);
    }
}
