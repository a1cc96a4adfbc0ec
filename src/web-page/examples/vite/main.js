// npm install, then npm run dev, or npm run build.
import { Classifier } from 'graft-ml/web';

const opening = Classifier.open(new URL('../../model.onnx', import.meta.url));

document.querySelector('#image').addEventListener('change', async ({ target }) => {
  const classifier = await opening;
  const prediction = await classifier.predict(target.files[0]);
  document.querySelector('#prediction').textContent = JSON.stringify(prediction, null, 2);
});
