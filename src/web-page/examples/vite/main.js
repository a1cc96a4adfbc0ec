// npm install, then npm run dev, or npm run build.
import { Classifier } from 'graft-ml/web';
import model from '../../model.onnx?url';

const opening = Classifier.open(model);

document.querySelector('#image').addEventListener('change', async ({ target }) => {
  const classifier = await opening;
  const prediction = await classifier.predict(target.files[0]);
  document.querySelector('#prediction').textContent = JSON.stringify(prediction, null, 2);
});
